/* 3.12 an error in an eager first step is stored in the task, not raised by create_task */
#include "port.h"

COIL_ASYNC(bad)
{
    return coil_fail(-EINVAL, "boom");
}

COIL_ASYNC(amain)
{
    void *result;
    MUST(coil_loop_set_eager(coil_loop_running(), 1));
    coil_task *t = coil_create_task(bad());
    printf("created, done %d\n", coil_task_done(t));
    int err = coil_await(t);
    if (err == -EINVAL)
        printf("ValueError: %s\n", coil_error_message(err));
    t = coil_create_task(coil_sleep_result(0, "cancelled before second step", &result));
    coil_task_cancel(t);
    if (coil_await(t) == -ECANCELED)
        printf("CancelledError\n");
    return 0;
}
COIL_MAIN(amain())

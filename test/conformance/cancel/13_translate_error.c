/* a task that turns CancelledError into another error has failed, it is not cancelled */
#include "port.h"

COIL_ASYNC(child)
{
    int err = coil_sleep(1);
    return err == -ECANCELED ? coil_fail(-EDOM, "interrupted") : err;
}

COIL_ASYNC(amain)
{
    coil_task *t = coil_task_ref(coil_create_task(child()));
    MUST(coil_sleep(0.02));
    coil_task_cancel(t);
    int err = coil_await(t);
    if (err == -EDOM)
        printf("ValueError: %s\n", coil_error_message(err));
    printf("cancelled %d\n", coil_task_cancelled(t));
    coil_task_unref(t);
    return 0;
}
COIL_MAIN(amain())

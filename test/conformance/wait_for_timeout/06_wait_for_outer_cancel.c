/* cancelling the task inside wait_for cancels the inner, awaits it and raises CancelledError */
#include "port.h"

COIL_ASYNC(child)
{
    int err = coil_sleep(1);
    printf("inner finally begins\n");
    MUST(coil_sleep(0.04));
    printf("inner finally ends\n");
    return err;
}

COIL_ASYNC(outer)
{
    int err = coil_wait_for(child(), 0.6);
    if (err == -ECANCELED)
        printf("outer CancelledError\n");
    return err;
}

COIL_ASYNC(amain)
{
    coil_task *t = coil_create_task(outer());
    MUST(coil_sleep(0.02));
    coil_task_cancel(t);
    if (coil_await(t) == -ECANCELED)
        printf("task cancelled\n");
    return 0;
}
COIL_MAIN(amain())

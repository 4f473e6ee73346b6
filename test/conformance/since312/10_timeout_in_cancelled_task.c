/* 3.12 a timeout entered by a task that already has a cancel count still turns into
 * TimeoutError (3.11: CancelledError) */
#include "port.h"

COIL_ASYNC(child)
{
    coil_task *me = coil_current_task();
    if (coil_sleep(1) == -ECANCELED)
        printf("cleanup, cancelling %d\n", coil_task_cancelling(me));
    int err;
    COIL_TIMEOUT(tm, 0.04, err)
    {
        err = coil_sleep(1);
    }
    if (err == -ETIMEDOUT)
        printf("TimeoutError, cancelling %d\n", coil_task_cancelling(me));
    if (err == -ECANCELED)
        printf("CancelledError, cancelling %d\n", coil_task_cancelling(me));
    return 0;
}

COIL_ASYNC(amain)
{
    int ndone;
    coil_task *t = coil_create_task(child());
    MUST(coil_sleep(0.02));
    coil_task_cancel(t);
    MUST(coil_wait(&t, 1, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
    coil_task_unref(t);
    return 0;
}
COIL_MAIN(amain())

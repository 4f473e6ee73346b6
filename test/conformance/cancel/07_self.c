/* a task that cancels itself runs on to its next suspension */
#include "port.h"

COIL_ASYNC(child)
{
    coil_task_cancel(coil_current_task());
    printf("still running\n");
    int err = coil_sleep(0);
    if (err == -ECANCELED)
        printf("CancelledError at the await\n");
    return err;
}

COIL_ASYNC(amain)
{
    int ndone;
    coil_task *t = coil_create_task(child());
    MUST(coil_wait(&t, 1, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
    printf("cancelled %d\n", coil_task_cancelled(t));
    coil_task_unref(t);
    return 0;
}
COIL_MAIN(amain())

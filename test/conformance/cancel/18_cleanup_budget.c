/* pattern: cleanup after a cancel may await under its own time limit; the cancellation still
 * goes out */
#include "port.h"

COIL_ASYNC(slow_flush)
{
    return coil_sleep(1);
}

COIL_ASYNC(worker)
{
    int err = coil_sleep(5);
    if (err == -ECANCELED && coil_wait_for(slow_flush(), 0.06) == -ETIMEDOUT)
        printf("flush gave up\n");
    return err;
}

COIL_ASYNC(amain)
{
    int ndone;
    coil_task *w = coil_create_task(worker());
    MUST(coil_sleep(0.02));
    coil_task_cancel(w);
    MUST(coil_wait(&w, 1, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
    printf("cancelled %d\n", coil_task_cancelled(w));
    coil_task_unref(w);
    return 0;
}
COIL_MAIN(amain())

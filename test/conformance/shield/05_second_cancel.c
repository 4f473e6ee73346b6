/* every cancel() hits the current await: a second one breaks an unshielded wait for the inner
 * task */
#include "port.h"

COIL_ASYNC(commit)
{
    int err = coil_sleep(0.12);
    if (err == -ECANCELED)
        printf("commit cancelled\n");
    return err;
}

COIL_ASYNC(worker)
{
    coil_task *t = coil_create_task(commit());
    int err = coil_shield(t);
    if (err == -ECANCELED) {
        printf("first cancel: shield held, cancelling %d\n",
               coil_task_cancelling(coil_current_task()));
        return coil_await(t);
    }
    return err;
}

COIL_ASYNC(amain)
{
    int ndone;
    coil_task *w = coil_create_task(worker());
    for (int i = 0; i < 2; i++) {
        MUST(coil_sleep(0.02));
        coil_task_cancel(w);
    }
    MUST(coil_wait(&w, 1, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
    printf("worker cancelled %d\n", coil_task_cancelled(w));
    coil_task_unref(w);
    return 0;
}
COIL_MAIN(amain())

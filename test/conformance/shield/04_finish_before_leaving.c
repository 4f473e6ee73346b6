/* pattern: on cancel, wait for the shielded work, then pass the cancellation on */
#include "port.h"

COIL_ASYNC(commit)
{
    printf("commit begins\n");
    MUST(coil_sleep(0.08));
    printf("commit ends\n");
    return 0;
}

COIL_ASYNC(worker)
{
    coil_task *t = coil_create_task(commit());
    int err = coil_shield(t);
    if (err == -ECANCELED) {
        printf("cancelled, waiting for commit\n");
        MUST(coil_await(t));
    }
    return err;
}

COIL_ASYNC(amain)
{
    int ndone;
    coil_task *w = coil_create_task(worker());
    MUST(coil_sleep(0.02));
    coil_task_cancel(w);
    MUST(coil_wait(&w, 1, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
    printf("worker cancelled %d\n", coil_task_cancelled(w));
    coil_task_unref(w);
    return 0;
}
COIL_MAIN(amain())

/* 3.12 a cancel that arrives when the inner is just done is not lost (3.11 returned the
 * result) */
#include "port.h"

COIL_ASYNC(outer, (coil_future *, f))
{
    void *value;
    int err = coil_wait_for(coil_future_await(f, &value), 1);
    if (err == -ECANCELED)
        printf("CancelledError\n");
    else
        printf("got %s\n", (const char *)value);
    return err;
}

COIL_ASYNC(amain)
{
    int ndone;
    coil_future *f = coil_future_new();
    coil_task *t = coil_create_task(outer(f));
    MUST(coil_sleep(0.02));
    MUST(coil_future_set_result(f, "value"));
    coil_task_cancel(t);
    MUST(coil_wait(&t, 1, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
    printf("cancelled %d\n", coil_task_cancelled(t));
    coil_task_unref(t);
    coil_future_unref(f);
    return 0;
}
COIL_MAIN(amain())

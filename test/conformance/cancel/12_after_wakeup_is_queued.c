/* a cancel that comes after the awaited future is set, but before the task runs, still wins:
 * the result is dropped */
#include "port.h"

COIL_ASYNC(child, (coil_future *, f))
{
    void *value = NULL;
    int err = coil_future_await(f, &value);
    if (err == -ECANCELED) {
        MUST(coil_future_result(f, &value));
        printf("CancelledError although the future has %s\n", (const char *)value);
        return err;
    }
    printf("got %s\n", (const char *)value);
    return err;
}

COIL_ASYNC(amain)
{
    int ndone;
    coil_future *f = coil_future_new();
    coil_task *t = coil_create_task(child(f));
    MUST(coil_sleep(0));
    MUST(coil_future_set_result(f, "data"));
    coil_task_cancel(t);
    MUST(coil_wait(&t, 1, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
    printf("cancelled %d\n", coil_task_cancelled(t));
    coil_task_unref(t);
    coil_future_unref(f);
    return 0;
}
COIL_MAIN(amain())

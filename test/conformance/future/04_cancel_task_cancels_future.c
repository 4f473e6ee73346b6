/* cancelling a task cancels the future it awaits, so other awaiters of that future are hit too */
#include "port.h"

COIL_ASYNC(waiter, (const char *, n), (coil_future *, f))
{
    int err = coil_future_await(f, NULL);
    if (err == -ECANCELED)
        printf("waiter %s CancelledError, cancelling = %d\n", n,
               coil_task_cancelling(coil_current_task()));
    return err;
}

COIL_ASYNC(amain)
{
    coil_future *f = coil_future_new();
    coil_task *a, *b;
    coil_task *ts[2] = {a = coil_create_task(waiter("a", f)), b = coil_create_task(waiter("b", f))};
    int ndone;
    MUST(coil_sleep(0));
    coil_task_cancel(a);
    printf("future cancelled at once: %d task a done: %d\n", coil_future_cancelled(f),
           coil_task_done(a));
    MUST(coil_wait(ts, 2, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
    printf("a %d b %d\n", coil_task_cancelled(a), coil_task_cancelled(b));
    coil_task_unref(a);
    coil_task_unref(b);
    coil_future_unref(f);
    return 0;
}
COIL_MAIN(amain())

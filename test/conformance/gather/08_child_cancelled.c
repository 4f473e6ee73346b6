/* a child cancelled on its own is an error to gather; siblings keep running and the caller is
 * not cancelling */
#include "port.h"

COIL_ASYNC(child, (const char *, name), (int, units))
{
    int err = coil_sleep(units * 0.04);
    printf("%s %s\n", name, err == -ECANCELED ? "cancelled" : "finishes");
    return err;
}

static int cancel(void *task)
{
    return coil_task_cancel(task);
}

COIL_ASYNC(amain)
{
    coil_task *a = coil_create_task(child("a", 2));
    coil_task *b = coil_create_task(child("b", 9));
    coil_call_later(0.02, cancel, b);
    coil_future *g = coil_gather_future(coil_await(a), coil_await(b));
    if (coil_future_await(g, NULL) == -ECANCELED)
        printf("gather CancelledError, cancelling = %d\n",
               coil_task_cancelling(coil_current_task()));
    MUST(coil_await(a));
    printf("end\n");
    coil_future_unref(g);
    return 0;
}
COIL_MAIN(amain())

/* a finished task wakes its awaiter one pass later: a chain of n waiting tasks takes n passes */
#include "port.h"

COIL_ASYNC(leaf, (coil_future *, f), (void *, ret, out))
{
    return coil_future_await(f, ret);
}

COIL_ASYNC(hop, (coil_task *, t))
{
    return coil_await(t);
}

COIL_ASYNC(amain)
{
    void *result = NULL;
    coil_future *f = coil_future_new();
    coil_task *t = coil_create_task(leaf(f, &result));
    for (int i = 0; i < 3; i++)
        t = coil_create_task(hop(t));
    MUST(coil_sleep(0));
    MUST(coil_future_set_result(f, "leaf"));
    int n = 0;
    while (!coil_task_done(t)) {
        n++;
        MUST(coil_sleep(0));
    }
    printf("passes %d result %s\n", n, (const char *)result);
    coil_future_unref(f);
    return coil_await(t);
}
COIL_MAIN(amain())

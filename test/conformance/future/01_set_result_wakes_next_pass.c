/* set_result queues the awaiter; the setter keeps running */
#include "port.h"

COIL_ASYNC(waiter, (int, n), (coil_future *, f))
{
    void *value;
    printf("waiter %d waits\n", n);
    MUST(coil_future_await(f, &value));
    printf("waiter %d got %s\n", n, (const char *)value);
    return 0;
}

COIL_ASYNC(amain)
{
    coil_future *f = coil_future_new();
    coil_task *a = coil_create_task(waiter(0, f)), *b = coil_create_task(waiter(1, f));
    MUST(coil_sleep(0));
    MUST(coil_future_set_result(f, "x"));
    printf("setter continues\n");
    MUST(coil_sleep(0));
    printf("setter again\n");
    MUST(coil_await(a));
    MUST(coil_await(b));
    coil_future_unref(f);
    return 0;
}
COIL_MAIN(amain())

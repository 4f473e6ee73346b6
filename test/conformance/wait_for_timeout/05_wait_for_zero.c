/* timeout <= 0: a done future gives its result, a fresh coroutine never starts */
#include "port.h"

COIL_ASYNC(child)
{
    printf("child body (never printed)\n");
    return 0;
}

COIL_ASYNC(amain)
{
    if (coil_wait_for(child(), 0) == -ETIMEDOUT)
        printf("TimeoutError\n");
    if (coil_wait_for(child(), -1) == -ETIMEDOUT)
        printf("TimeoutError\n");
    coil_future *f = coil_future_new(), *g = coil_future_new();
    void *value;
    MUST(coil_future_set_result(f, "ready"));
    MUST(coil_wait_for(coil_future_await(f, &value), 0));
    printf("%s\n", (const char *)value);
    if (coil_wait_for(coil_future_await(g, NULL), 0) == -ETIMEDOUT)
        printf("TimeoutError, future cancelled: %d\n", coil_future_cancelled(g));
    coil_future_unref(f);
    coil_future_unref(g);
    return 0;
}
COIL_MAIN(amain())

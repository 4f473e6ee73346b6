/* gather mixes plain futures, tasks and coroutines */
#include "port.h"

COIL_ASYNC(child, (const char *, x), (const char *, ret, out))
{
    MUST(coil_sleep(0.02));
    *ret = x;
    return 0;
}

static int set(void *future)
{
    return coil_future_set_result(future, "future");
}

COIL_ASYNC(amain)
{
    void *a;
    const char *b, *c;
    coil_future *f = coil_future_new();
    coil_call_later(0.04, set, f);
    coil_task *t = coil_create_task(child("task", &b));
    MUST(coil_gather(coil_future_await(f, &a), coil_await(t), child("coroutine", &c)));
    printf("%s %s %s\n", (const char *)a, b, c);
    coil_future_unref(f);
    return 0;
}
COIL_MAIN(amain())

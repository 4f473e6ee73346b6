/* awaiting something that never suspends gives no other task a chance to run */
#include "port.h"

COIL_ASYNC(leaf, (int, x))
{
    return x + 1;
}

COIL_ASYNC(middle, (int, x))
{
    return leaf(x) + 1;
}

COIL_ASYNC(other)
{
    printf("other runs\n");
    return 0;
}

COIL_ASYNC(amain)
{
    void *value;
    coil_task *t = coil_create_task(other());
    coil_future *f = coil_future_new();
    MUST(coil_future_set_result(f, "ready"));
    printf("a %d\n", middle(1));
    MUST(coil_future_await(f, &value));
    printf("b %s\n", (const char *)value);
    printf("other done yet: %d\n", coil_task_done(t));
    MUST(coil_sleep(0));
    printf("other done now: %d\n", coil_task_done(t));
    coil_future_unref(f);
    return coil_await(t);
}
COIL_MAIN(amain())

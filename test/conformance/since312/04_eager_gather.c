/* 3.12 gather of eager tasks that never suspend is complete without a loop pass */
#include "port.h"

static int say(void *text)
{
    printf("%s\n", (const char *)text);
    return 0;
}

COIL_ASYNC(child, (int, n), (int, ret, out))
{
    printf("child %d\n", n);
    *ret = n;
    return 0;
}

COIL_ASYNC(amain)
{
    int first, second;
    MUST(coil_loop_set_eager(coil_loop_running(), 1));
    coil_call_soon(say, "a loop pass");
    coil_future *g = coil_gather_future(child(1, &first), child(2, &second));
    printf("done at once: %d\n", coil_future_done(g));
    MUST(coil_future_await(g, NULL));
    printf("%d %d\n", first, second);
    coil_future_unref(g);
    return coil_sleep(0);
}
COIL_MAIN(amain())

/* cancel() of a gather whose children are all done returns False; of a running one True */
#include "port.h"

COIL_ASYNC(child, (int, ret, out))
{
    *ret = 1;
    return 0;
}

COIL_ASYNC(amain)
{
    int a, b;
    coil_future *g = coil_gather_future(child(&a), child(&b));
    MUST(coil_sleep(0.02));
    int done = coil_future_done(g), cancel = coil_future_cancel(g);
    MUST(coil_future_await(g, NULL));
    printf("done %d cancel %d result %d %d\n", done, cancel, a, b);
    coil_future *h = coil_gather_future(coil_sleep(1), coil_sleep(1));
    cancel = coil_future_cancel(h);
    printf("running cancel %d done at once: %d\n", cancel, coil_future_done(h));
    if (coil_future_await(h, NULL) == -ECANCELED)
        printf("CancelledError\n");
    coil_future_unref(g);
    coil_future_unref(h);
    return 0;
}
COIL_MAIN(amain())

/* a future can be settled once: a second set or cancel is refused */
#include "port.h"

COIL_ASYNC(amain)
{
    coil_future *f = coil_future_new(), *g = coil_future_new();
    void *value;
    MUST(coil_future_set_result(f, "1"));
    if (coil_future_set_result(f, "x") == -COIL_EINVALIDSTATE)
        printf("set_result InvalidStateError\n");
    if (coil_future_set_error(f, -EDOM) == -COIL_EINVALIDSTATE)
        printf("set_exception InvalidStateError\n");
    int cancel = coil_future_cancel(f);
    MUST(coil_future_result(f, &value));
    printf("cancel %d result %s\n", cancel, (const char *)value);
    cancel = coil_future_cancel(g);
    int again = coil_future_cancel(g);
    printf("cancel %d %d %d %d\n", cancel, again, coil_future_cancelled(g), coil_future_done(g));
    if (coil_future_set_result(g, "1") == -COIL_EINVALIDSTATE)
        printf("set_result after cancel InvalidStateError\n");
    if (coil_future_result(g, &value) == -ECANCELED)
        printf("result raises CancelledError\n");
    if (coil_future_result(g, NULL) == -ECANCELED)
        printf("exception raises CancelledError\n");
    coil_future_unref(f);
    coil_future_unref(g);
    return 0;
}
COIL_MAIN(amain())

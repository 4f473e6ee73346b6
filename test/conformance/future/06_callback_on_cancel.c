/* done callbacks run for results, errors and cancellation alike */
#include "port.h"

static int show(coil_future *f, void *label)
{
    void *value;
    int err = coil_future_result(f, &value);
    if (err == -ECANCELED)
        printf("%s cancelled\n", (const char *)label);
    else if (err < 0)
        printf("%s failed %s\n", (const char *)label, coil_error_message(err));
    else
        printf("%s result %s\n", (const char *)label, (const char *)value);
    return 0;
}

COIL_ASYNC(amain)
{
    coil_future *a = coil_future_new(), *b = coil_future_new(), *c = coil_future_new();
    MUST(coil_future_add_done_callback(a, show, "a"));
    MUST(coil_future_add_done_callback(b, show, "b"));
    MUST(coil_future_add_done_callback(c, show, "c"));
    coil_future_cancel(c);
    MUST(coil_future_set_error(b, coil_fail(-EDOM, "boom")));
    MUST(coil_future_set_result(a, "1"));
    printf("settled c, b, a\n");
    MUST(coil_sleep(0));
    coil_future_unref(a);
    coil_future_unref(b);
    coil_future_unref(c);
    return 0;
}
COIL_MAIN(amain())

/* after gather has failed, later child errors are marked as retrieved and never reported */
#include "port.h"

COIL_ASYNC(bad, (const char *, name), (int, units))
{
    MUST(coil_sleep(units * 0.04));
    printf("%s raises\n", name);
    return coil_fail(-EDOM, "%s", name);
}

static int handler(coil_loop *loop, const coil_exception_context *c, void *arg)
{
    (void)loop;
    (void)arg;
    printf("handler: %s\n", c->message);
    return 0;
}

COIL_ASYNC(amain)
{
    coil_loop_set_exception_handler(coil_loop_running(), handler, NULL);
    coil_future *g = coil_gather_future(bad("first", 1), bad("second", 2));
    int err = coil_future_await(g, NULL);
    if (err == -EDOM)
        printf("ValueError: %s\n", coil_error_message(err));
    coil_future_unref(g);
    MUST(coil_sleep(0.12));
    printf("no report\n");
    return 0;
}
COIL_MAIN(amain())

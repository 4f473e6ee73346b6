/* set_exception raises in awaiters; unfetched errors of futures are reported when the future
 * goes */
#include "port.h"

static int handler(coil_loop *loop, const coil_exception_context *c, void *arg)
{
    (void)loop;
    (void)arg;
    printf("handler: %s | %s\n", c->message, c->error_message);
    return 0;
}

COIL_ASYNC(amain)
{
    coil_loop_set_exception_handler(coil_loop_running(), handler, NULL);
    coil_future *f = coil_future_new();
    MUST(coil_future_set_error(f, coil_fail(-EDOM, "boom")));
    int err = coil_future_await(f, NULL);
    if (err == -EDOM)
        printf("ValueError: %s\n", coil_error_message(err));
    coil_future_unref(f);
    coil_future *g = coil_future_new();
    MUST(coil_future_set_error(g, coil_fail(-EDOM, "lost")));
    coil_future_unref(g);
    printf("end\n");
    return 0;
}
COIL_MAIN(amain())

/* an error in a done callback goes to the exception handler; later callbacks and awaiters
 * still run */
#include "port.h"

COIL_ASYNC(child)
{
    return 3;
}

static int handler(coil_loop *loop, const coil_exception_context *c, void *arg)
{
    (void)loop;
    (void)arg;
    printf("handler %s %s\n", c->error == -EDOM ? "ValueError" : "?", c->error_message);
    return 0;
}

static int bad(coil_task *t, void *arg)
{
    (void)t;
    (void)arg;
    return coil_fail(-EDOM, "in callback");
}

static int second(coil_task *t, void *arg)
{
    (void)t;
    (void)arg;
    printf("second callback\n");
    return 0;
}

COIL_ASYNC(amain)
{
    coil_loop_set_exception_handler(coil_loop_running(), handler, NULL);
    coil_task *t = coil_create_task(child());
    MUST(coil_task_add_done_callback(t, bad, NULL));
    MUST(coil_task_add_done_callback(t, second, NULL));
    printf("result %d\n", coil_await(t));
    return 0;
}
COIL_MAIN(amain())

/* a failed task whose error nobody fetched is reported when its last reference goes */
#include "port.h"

COIL_ASYNC(bad)
{
    return coil_fail(-EDOM, "lost");
}

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
    coil_task *t = coil_create_task(bad());
    MUST(coil_sleep(0.02));
    printf("task failed, still referenced\n");
    coil_task_unref(t);
    printf("reference dropped\n");
    coil_task *u = coil_create_task(bad());
    MUST(coil_sleep(0.02));
    coil_ignore(coil_task_error(u, NULL));
    coil_task_unref(u);
    printf("fetched error is not reported\n");
    return 0;
}
COIL_MAIN(amain())

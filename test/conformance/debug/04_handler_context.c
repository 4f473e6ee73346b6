/* reports carry a message and, where there is one, the error and the task or future */
#include "port.h"

COIL_ASYNC(bad)
{
    return coil_fail(-EINVAL, "lost");
}

/* asyncio calls both a task and a future "future" here */
static int handler(coil_loop *loop, const coil_exception_context *c, void *arg)
{
    (void)loop;
    (void)arg;
    printf("%s | has:", c->message);
    if (c->error < 0)
        printf(" exception");
    if (c->task || c->future)
        printf(" future");
    if (c->handle)
        printf(" handle");
    printf("\n");
    return 0;
}

COIL_ASYNC(amain)
{
    coil_loop_set_exception_handler(coil_loop_running(), handler, NULL);
    coil_task *t = coil_create_task_named(bad(), "worker");
    MUST(coil_sleep(0));
    MUST(coil_sleep(0));
    coil_task_unref(t);
    coil_future *f = coil_future_new();
    MUST(coil_future_set_error(f, coil_fail(-EINVAL, "lost too")));
    coil_future_unref(f);
    printf("end\n");
    return 0;
}
COIL_MAIN(amain())

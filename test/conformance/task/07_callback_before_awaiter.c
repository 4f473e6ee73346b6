/* an awaiter is just one more done callback: its place in the queue is when it began to wait */
#include "port.h"

COIL_ASYNC(child)
{
    MUST(coil_sleep(0.02));
    return 1;
}

COIL_ASYNC(waiter, (coil_task *, t))
{
    MUST(coil_await(t));
    printf("waiter resumed\n");
    return 0;
}

static int tell(coil_task *t, void *label)
{
    (void)t;
    printf("%s\n", (const char *)label);
    return 0;
}

COIL_ASYNC(amain)
{
    coil_task *t = coil_create_task(child());
    MUST(coil_task_add_done_callback(t, tell, "cb added before waiter"));
    coil_task *w = coil_create_task(waiter(t));
    MUST(coil_sleep(0));
    MUST(coil_task_add_done_callback(t, tell, "cb added after waiter"));
    MUST(coil_await(w));
    printf("end\n");
    return 0;
}
COIL_MAIN(amain())

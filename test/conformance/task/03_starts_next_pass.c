/* create_task only queues the first step; tasks start in creation order at the next suspension */
#include "port.h"

COIL_ASYNC(child, (int, n))
{
    printf("child %d starts\n", n);
    return n;
}

static int done(coil_task **ts)
{
    return coil_task_done(ts[0]) + coil_task_done(ts[1]) + coil_task_done(ts[2]);
}

COIL_ASYNC(amain)
{
    coil_task *ts[3];
    for (int i = 0; i < 3; i++)
        ts[i] = coil_create_task(child(i));
    printf("created, started: %d\n", done(ts));
    MUST(coil_sleep(0));
    printf("one pass later, done: %d\n", done(ts));
    printf("%d %d %d\n", coil_task_status(ts[0]), coil_task_status(ts[1]), coil_task_status(ts[2]));
    for (int i = 0; i < 3; i++)
        coil_task_unref(ts[i]);
    return 0;
}
COIL_MAIN(amain())

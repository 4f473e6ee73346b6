/* a task cancelled before its first step never runs a line of its body */
#include "port.h"

COIL_ASYNC(child)
{
    printf("body (never printed)\n");
    return 0;
}

COIL_ASYNC(amain)
{
    coil_task *t = coil_task_ref(coil_create_task(child()));
    int cancel = coil_task_cancel(t);
    printf("cancel %d done %d cancelled %d\n", cancel, coil_task_done(t), coil_task_cancelled(t));
    if (coil_await(t) == -ECANCELED)
        printf("CancelledError\n");
    printf("cancelled %d\n", coil_task_cancelled(t));
    coil_task_unref(t);
    return 0;
}
COIL_MAIN(amain())

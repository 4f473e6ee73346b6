/* a group waits for a child that refuses its cancellation; a second outer cancel during that wait is delivered to the children again */
#include "said.h"

COIL_ASYNC(stubborn, (int, n))
{
    for (int i = 0; i < n; i++)
        if (coil_sleep(5) == -ECANCELED)
            printf("refused %d\n", i);
    printf("stubborn ends\n");
    return 0;
}

COIL_ASYNC(owner)
{
    int err;
    COIL_TASK_GROUP(g, err)
    {
        coil_group_create_task(g, stubborn(3));
        err = coil_sleep(5);
    }
    printf("left %d\n", coil_task_cancelling(coil_current_task()));
    return err;
}

COIL_ASYNC(amain)
{
    coil_task *t = coil_task_ref(coil_create_task(owner()));
    for (int i = 0; i < 4; i++) {
        MUST(coil_sleep(0.01));
        int taken = coil_task_cancel(t);
        printf("cancel %d %d\n", taken, coil_task_done(t));
    }
    int err = coil_await(t);
    if (err == -ECANCELED)
        printf("cancelled %d\n", coil_task_cancelling(t));
    coil_task_unref(t);
    return 0;
}
COIL_MAIN(amain())

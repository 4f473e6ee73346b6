/* a group's eager task that fails at once: the body goes on to its next suspension, is cancelled there, and the group refuses further tasks */
#include "said.h"

COIL_ASYNC(quick, (int, n))
{
    printf("quick %d\n", n);
    return n;
}

COIL_ASYNC(fails)
{
    printf("fails\n");
    return coil_fail(-EINVAL, "at once");
}

COIL_ASYNC(never)
{
    printf("never runs\n");
    return 0;
}

COIL_ASYNC(amain)
{
    const coil_error *causes[4];
    int err;
    MUST(coil_loop_set_eager(coil_loop_running(), 1));
    COIL_TASK_GROUP(g, err)
    {
        coil_task *t = coil_group_create_task(g, quick(1));
        printf("done %d %d\n", coil_task_done(t), coil_task_status(t));
    }
    MUST(err);
    COIL_TASK_GROUP(g, err)
    {
        coil_group_create_task(g, quick(2));
        coil_task *t = coil_group_create_task(g, fails());
        printf("body goes on %d\n", coil_task_done(t));
        if (!coil_group_create_task(g, never()))
            printf("refused\n");
        err = coil_sleep(5);
        if (err == -ECANCELED)
            printf("body cancelled\n");
    }
    for (int i = 0; i < coil_error_causes(err, causes, 4); i++)
        printf("group %s\n", causes[i]->message);
    return 0;
}
COIL_MAIN(amain())

/* a child that fails while its group's parent is being cancelled: the errors come out and the parent is cancelled at its next await */
#include "said.h"

COIL_ASYNC(cleanup_fails)
{
    coil_ignore(coil_sleep(5));
    return coil_fail(-EINVAL, "cleanup");
}

static int after(int err)
{
    coil_task *me = coil_current_task();
    const coil_error *causes[4];
    int n = coil_error_causes(err, causes, 4);
    if (n > 0)
        printf("group %d %s %d\n", n, causes[0]->message, coil_task_cancelling(me));
    else if (err == -ECANCELED)
        printf("cancelled %d\n", coil_task_cancelling(me));
    err = coil_sleep(0);
    printf("%s\n", err < 0 ? "cancelled at the next await" : "went on");
    return err;
}

COIL_ASYNC(parent)
{
    int err;
    COIL_TASK_GROUP(g, err)
    {
        coil_group_create_task(g, cleanup_fails());
        err = coil_sleep(5);
    }
    return after(err);
}

COIL_ASYNC(in_exit)
{
    int err;
    COIL_TASK_GROUP(g, err)
    {
        coil_group_create_task(g, cleanup_fails());
    }
    return after(err);
}

static int one(coil_task *t)
{
    coil_task_ref(t);
    MUST(coil_sleep(0.01));
    coil_task_cancel_msg(t, "outside");
    int err = coil_await(t);
    if (err == -ECANCELED)
        printf("main sees cancelled %d\n", coil_task_cancelled(t));
    else
        printf("returned\n");
    coil_task_unref(t);
    return 0;
}

COIL_ASYNC(amain)
{
    MUST(one(coil_create_task(parent())));
    return one(coil_create_task(in_exit()));
}
COIL_MAIN(amain())

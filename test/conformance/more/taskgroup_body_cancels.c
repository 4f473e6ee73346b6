/* a body that ends with a cancellation of its own cancels the children and passes it on; a body error beside a child's error; a group in a finished loop of work */
#include "said.h"

COIL_ASYNC(child, (int, n))
{
    int err = coil_sleep(5);
    if (err == -ECANCELED)
        printf("child %d cancelled\n", n);
    return err;
}

COIL_ASYNC(fails, (const char *, text))
{
    return coil_fail(-EINVAL, "%s", text);
}

COIL_ASYNC(amain)
{
    coil_task *me = coil_current_task();
    const coil_error *causes[4];
    int err;
    COIL_TASK_GROUP(g, err)
    {
        coil_group_create_task(g, child(1));
        err = coil_sleep(0);
        if (err >= 0)
            err = coil_fail(-ECANCELED, "own");
    }
    if (err == -ECANCELED)
        printf("own cancellation %s %d\n", coil_error_message(err), coil_task_cancelling(me));
    COIL_TASK_GROUP(g, err)
    {
        coil_group_create_task(g, child(2));
        coil_group_create_task(g, fails("child"));
        err = coil_sleep(5);
        if (err == -ECANCELED)
            err = coil_fail(-EIO, "body");
    }
    if (coil_error_causes(err, causes, 4) == 2)
        printf("both %s %s\n", causes[0]->message, causes[1]->message);
    printf("cancelling %d\n", coil_task_cancelling(me));
    COIL_TASK_GROUP(g, err)
    {
        coil_task *t = coil_group_create_task(g, child(3));
        err = coil_sleep(0);
        coil_task_cancel(t);
        if (err >= 0)
            err = coil_sleep(0.01);
        printf("body goes on %d\n", coil_task_cancelled(t));
    }
    if (err >= 0)
        printf("no error\n");
    COIL_TASK_GROUP(g, err) {}
    if (err >= 0)
        printf("empty group\n");
    return err;
}
COIL_MAIN(amain())

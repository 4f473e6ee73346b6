/* cancelling the parent cancels the children; after their cleanup plain CancelledError comes
 * out */
#include "port.h"

COIL_ASYNC(child)
{
    int err = coil_sleep(1);
    printf("child finally begins\n");
    MUST(coil_sleep(0.04));
    printf("child finally ends\n");
    return err;
}

COIL_ASYNC(parent)
{
    int err;
    COIL_TASK_GROUP(tg, err)
    {
        coil_group_create_task(tg, child());
    }
    if (err == -ECANCELED)
        printf("parent CancelledError, cancelling %d\n", coil_task_cancelling(coil_current_task()));
    return err;
}

COIL_ASYNC(amain)
{
    int ndone;
    coil_task *t = coil_create_task(parent());
    MUST(coil_sleep(0.02));
    coil_task_cancel(t);
    MUST(coil_wait(&t, 1, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
    printf("cancelled %d\n", coil_task_cancelled(t));
    coil_task_unref(t);
    return 0;
}
COIL_MAIN(amain())

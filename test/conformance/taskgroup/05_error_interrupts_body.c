/* a child error cancels the body's current await; afterwards the parent is not left cancelling */
#include "port.h"

COIL_ASYNC(bad)
{
    MUST(coil_sleep(0.04));
    return coil_fail(-EDOM, "boom");
}

COIL_ASYNC(amain)
{
    coil_task *me = coil_current_task();
    int err;
    COIL_TASK_GROUP(tg, err)
    {
        coil_group_create_task(tg, bad());
        err = coil_sleep(1);
        if (err == -ECANCELED)
            printf("body CancelledError, cancelling %d\n", coil_task_cancelling(me));
    }
    const coil_error *causes[4];
    int n = coil_error_causes(err, causes, 4);
    printf("group of %d %s\n", n, causes[0]->message);
    printf("cancelling %d\n", coil_task_cancelling(me));
    MUST(coil_sleep(0.02));
    printf("parent goes on\n");
    return 0;
}
COIL_MAIN(amain())

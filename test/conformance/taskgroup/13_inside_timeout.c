/* a deadline around a group cancels its children and comes out as TimeoutError */
#include "port.h"

COIL_ASYNC(child, (const char *, name), (int, units))
{
    int err = coil_sleep(units * 0.04);
    printf("%s %s\n", name, err == -ECANCELED ? "cancelled" : "finishes");
    return err;
}

COIL_ASYNC(amain)
{
    int err;
    COIL_TIMEOUT(tm, 0.08, err)
    {
        COIL_TASK_GROUP(tg, err)
        {
            coil_group_create_task(tg, child("a", 1));
            coil_group_create_task(tg, child("b", 9));
        }
    }
    if (err == -ETIMEDOUT)
        printf("TimeoutError, cancelling %d\n", coil_task_cancelling(coil_current_task()));
    return 0;
}
COIL_MAIN(amain())

/* a child cancelled on its own is no error: siblings and body go on */
#include "port.h"

COIL_ASYNC(delay, (const char *, name), (int, units))
{
    int err = coil_sleep(units * 0.04);
    printf("%s %s\n", name, err == -ECANCELED ? "cancelled" : "finishes");
    return err;
}

COIL_ASYNC(amain)
{
    coil_task *a = NULL, *b = NULL;
    int err;
    COIL_TASK_GROUP(tg, err)
    {
        a = coil_task_ref(coil_group_create_task(tg, delay("a", 9)));
        b = coil_task_ref(coil_group_create_task(tg, delay("b", 2)));
        err = coil_sleep(0.02);
        coil_task_cancel(a);
    }
    MUST(err);
    printf("no error; a %d b %d\n", coil_task_cancelled(a), coil_task_cancelled(b));
    coil_task_unref(a);
    coil_task_unref(b);
    return 0;
}
COIL_MAIN(amain())

/* a cancelled gather with return_exceptions=True waits for all children, then still raises
 * CancelledError */
#include "port.h"

COIL_ASYNC(child, (const char *, name), (int, cleanup))
{
    int err = coil_sleep(1);
    if (err == -ECANCELED) {
        printf("%s cancelled\n", name);
        MUST(coil_sleep(cleanup * 0.04));
        printf("%s clean, returns\n", name);
    }
    return 0;
}

COIL_ASYNC(group)
{
    int err = coil_gather(child("a", 2), child("b", 1));
    if (err == -ECANCELED)
        printf("gather CancelledError\n");
    return err;
}

COIL_ASYNC(amain)
{
    coil_task *t = coil_task_ref(coil_create_task(group()));
    MUST(coil_sleep(0.02));
    coil_task_cancel(t);
    if (coil_await(t) == -ECANCELED)
        printf("group cancelled %d\n", coil_task_cancelled(t));
    coil_task_unref(t);
    return 0;
}
COIL_MAIN(amain())

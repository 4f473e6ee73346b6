/* cancelling a gather cancels every child; with return_exceptions=False it ends with the first
 * cancelled child */
#include "port.h"

COIL_ASYNC(child, (const char *, name), (int, cleanup))
{
    int err = coil_sleep(1);
    if (err == -ECANCELED) {
        printf("%s cancelled\n", name);
        MUST(coil_sleep(cleanup * 0.04));
        printf("%s clean\n", name);
    }
    return err;
}

COIL_ASYNC(group)
{
    coil_future *g = coil_gather_future(child("a", 2), child("b", 1), child("c", 3));
    int err = coil_future_await(g, NULL);
    if (err == -ECANCELED)
        printf("gather CancelledError\n");
    coil_future_unref(g);
    return err;
}

COIL_ASYNC(amain)
{
    coil_task *t = coil_create_task(group());
    MUST(coil_sleep(0.02));
    coil_task_cancel(t);
    if (coil_await(t) == -ECANCELED)
        printf("group cancelled\n");
    MUST(coil_sleep(0.16));
    printf("end\n");
    return 0;
}
COIL_MAIN(amain())

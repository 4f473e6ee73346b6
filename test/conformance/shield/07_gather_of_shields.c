/* cancelling a gather of shields ends the gather; the shielded tasks finish on their own */
#include "port.h"

COIL_ASYNC(child, (const char *, name), (int, units))
{
    MUST(coil_sleep(units * 0.04));
    printf("%s finishes\n", name);
    return 0;
}

COIL_ASYNC(amain)
{
    int ndone;
    coil_task *ts[2] = {coil_create_task(child("a", 2)), coil_create_task(child("b", 3))};
    coil_future *g = coil_gather_future(coil_shield(ts[0]), coil_shield(ts[1]));
    MUST(coil_sleep(0.02));
    coil_future_cancel(g);
    if (coil_future_await(g, NULL) == -ECANCELED)
        printf("gather CancelledError\n");
    MUST(coil_wait(ts, 2, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
    printf("cancelled %d %d\n", coil_task_cancelled(ts[0]), coil_task_cancelled(ts[1]));
    coil_task_unref(ts[0]);
    coil_task_unref(ts[1]);
    coil_future_unref(g);
    return 0;
}
COIL_MAIN(amain())

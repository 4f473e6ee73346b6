/* tasks that finish in the pass after the trigger are still reported together if done before
 * the waiter resumes */
#include "port.h"

COIL_ASYNC(worker, (coil_future *, f))
{
    return coil_future_await(f, NULL);
}

static int set(void *future)
{
    return coil_future_set_result(future, NULL);
}

COIL_ASYNC(amain)
{
    coil_future *f = coil_future_new(), *g = coil_future_new();
    coil_task *ts[2] = {coil_create_task_named(worker(f), "a"),
                        coil_create_task_named(worker(g), "b")};
    MUST(coil_sleep(0));
    coil_call_soon(set, f);
    coil_call_soon(set, g);
    int ndone;
    MUST(coil_wait(ts, 2, COIL_FIRST_COMPLETED, COIL_FOREVER, &ndone));
    printf("done");
    for (int i = 0; i < ndone; i++)
        printf(" %s", coil_task_name(ts[i]));
    printf(" | pending %d\n", 2 - ndone);
    for (int i = 0; i < 2; i++)
        coil_task_unref(ts[i]);
    coil_future_unref(f);
    coil_future_unref(g);
    return 0;
}
COIL_MAIN(amain())

/* tasks cancelled in a loop receive the cancellation in the order of the cancel() calls */
#include "port.h"

COIL_ASYNC(child, (int, n))
{
    int err = coil_sleep(1);
    if (err == -ECANCELED)
        printf("cancelled %d\n", n);
    return err;
}

COIL_ASYNC(amain)
{
    static const int order[6] = {4, 1, 5, 0, 3, 2};
    coil_task *ts[6];
    coil_call calls[6];
    for (int i = 0; i < 6; i++)
        ts[i] = coil_create_task(child(i));
    MUST(coil_sleep(0.02));
    for (int i = 0; i < 6; i++)
        coil_task_cancel(ts[order[i]]);
    for (int i = 0; i < 6; i++)
        calls[i] = COIL_CALL(coil_await(ts[i]));
    coil_ignore(coil_gather_n(calls, 6, NULL));
    printf("all over\n");
    return 0;
}
COIL_MAIN(amain())

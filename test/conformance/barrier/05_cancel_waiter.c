/* a cancelled waiter leaves the count; the barrier is not broken (unlike threading) */
#include "port.h"

COIL_ASYNC(runner, (const char *, n), (coil_barrier *, bar))
{
    int i = coil_barrier_wait(bar);
    if (i == -ECANCELED)
        printf("%s cancelled\n", n);
    else
        printf("%s passed with index %d\n", n, i);
    return i;
}

COIL_ASYNC(amain)
{
    coil_barrier bar;
    int ndone;
    MUST(coil_barrier_init(&bar, 2));
    coil_task *a = coil_create_task(runner("A", &bar));
    MUST(coil_sleep(0.02));
    coil_task_cancel(a);
    MUST(coil_wait(&a, 1, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
    printf("waiting %d broken %d\n", coil_barrier_n_waiting(&bar), coil_barrier_broken(&bar));
    coil_task_unref(a);
    return coil_gather(runner("B", &bar), runner("C", &bar));
}
COIL_MAIN(amain())

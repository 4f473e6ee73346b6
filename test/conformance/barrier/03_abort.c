/* abort() breaks the barrier: present and future waiters get BrokenBarrierError until reset() */
#include "port.h"

COIL_ASYNC(runner, (const char *, n), (coil_barrier *, bar))
{
    int i = coil_barrier_wait(bar);
    printf(i == -COIL_EBROKENBARRIER ? "%s BrokenBarrierError\n" : "%s passed\n", n);
    return 0;
}

COIL_ASYNC(amain)
{
    coil_barrier bar;
    MUST(coil_barrier_init(&bar, 3));
    coil_task *a = coil_create_task(runner("A", &bar)), *b = coil_create_task(runner("B", &bar));
    MUST(coil_sleep(0.02));
    MUST(coil_barrier_abort(&bar));
    MUST(coil_gather(coil_await(a), coil_await(b)));
    printf("broken %d\n", coil_barrier_broken(&bar));
    MUST(runner("late", &bar));
    MUST(coil_barrier_reset(&bar));
    printf("broken %d\n", coil_barrier_broken(&bar));
    return coil_gather(runner("X", &bar), runner("Y", &bar), runner("Z", &bar));
}
COIL_MAIN(amain())

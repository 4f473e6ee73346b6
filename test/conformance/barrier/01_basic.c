/* the last of n arrivals releases all; each gets its arrival index; the last arrival continues
 * first */
#include "port.h"

COIL_ASYNC(runner, (int, n), (coil_barrier *, bar))
{
    MUST(coil_sleep(n * 0.02));
    printf("%d arrives, waiting %d\n", n, coil_barrier_n_waiting(bar));
    int i = coil_barrier_wait(bar);
    printf("%d passes with index %d\n", n, i);
    return i;
}

COIL_ASYNC(amain)
{
    coil_barrier bar;
    MUST(coil_barrier_init(&bar, 3));
    printf("parties %d\n", coil_barrier_parties(&bar));
    MUST(coil_gather(runner(1, &bar), runner(2, &bar), runner(3, &bar)));
    printf("waiting %d broken %d\n", coil_barrier_n_waiting(&bar), coil_barrier_broken(&bar));
    return 0;
}
COIL_MAIN(amain())

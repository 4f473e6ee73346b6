/* a barrier can be passed again and again (phases) */
#include "port.h"

static int log_of[6], n_log;

COIL_ASYNC(worker, (int, n), (coil_barrier *, bar))
{
    for (int phase = 0; phase < 3; phase++) {
        MUST(coil_sleep(n * 0.02));
        log_of[n_log++] = phase;
        MUST(coil_barrier_wait(bar));
        if (n == 1)
            printf("phase %d complete, log size %d\n", phase, n_log);
    }
    return 0;
}

COIL_ASYNC(amain)
{
    coil_barrier bar;
    MUST(coil_barrier_init(&bar, 2));
    MUST(coil_gather(worker(1, &bar), worker(2, &bar)));
    printf("phases in order:");
    for (int i = 0; i < n_log; i++)
        printf(" %d", log_of[i]);
    printf("\n");
    return 0;
}
COIL_MAIN(amain())

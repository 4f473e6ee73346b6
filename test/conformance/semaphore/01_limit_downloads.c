/* tutorial: a semaphore of 4 lets at most 4 downloads run at once */
#include "port.h"

static int running, peak;

COIL_ASYNC(download, (int, n), (coil_semaphore *, sem), (int, ret, out))
{
    MUST(coil_semaphore_acquire(sem));
    running++;
    peak = running > peak ? running : peak;
    printf("start %d\n", n);
    int err = coil_sleep(0.04);
    running--;
    coil_semaphore_release(sem);
    *ret = n;
    return err;
}

COIL_ASYNC(amain)
{
    coil_semaphore sem;
    coil_call calls[10];
    int results[10];
    MUST(coil_semaphore_init(&sem, 4));
    for (int i = 0; i < 10; i++)
        calls[i] = COIL_CALL(download(i, &sem, &results[i]));
    MUST(coil_gather_n(calls, 10, NULL));
    printf("peak %d results", peak);
    for (int i = 0; i < 10; i++)
        printf(" %d", results[i]);
    printf("\n");
    return 0;
}
COIL_MAIN(amain())

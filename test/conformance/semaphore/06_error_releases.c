/* leaving the block by an error gives the permit back */
#include "port.h"

COIL_ASYNC(job, (int, n), (coil_semaphore *, sem))
{
    MUST(coil_semaphore_acquire(sem));
    int err = coil_sleep(0.02);
    if (err >= 0 && n == 1)
        err = coil_fail(-EINVAL, "boom");
    else if (err >= 0)
        printf("job %d ok\n", n);
    coil_semaphore_release(sem);
    return err;
}

COIL_ASYNC(amain)
{
    coil_semaphore sem;
    int statuses[3];
    MUST(coil_semaphore_init(&sem, 1));
    coil_call calls[3] = {COIL_CALL(job(0, &sem)), COIL_CALL(job(1, &sem)),
                          COIL_CALL(job(2, &sem))};
    int err = coil_gather_n(calls, 3, statuses);
    for (int i = 0; i < 3; i++) {
        if (statuses[i] < 0)
            printf("ValueError: %s ", coil_error_message(err));
        else
            printf("ok ");
    }
    printf("| locked %d\n", coil_semaphore_locked(&sem));
    return 0;
}
COIL_MAIN(amain())

/* a cancelled waiter neither takes nor loses a permit, whether cancelled before or after it
 * was chosen */
#include "port.h"

COIL_ASYNC(worker, (char, n), (coil_semaphore *, sem))
{
    int err = coil_semaphore_acquire(sem);
    printf(err == -ECANCELED ? "%c cancelled\n" : "%c in\n", n);
    return err;
}

COIL_ASYNC(amain)
{
    coil_semaphore sem;
    coil_task *ts[3];
    MUST(coil_semaphore_init(&sem, 0));
    for (int i = 0; i < 3; i++)
        ts[i] = coil_create_task(worker((char)('A' + i), &sem));
    MUST(coil_sleep(0));
    coil_task_cancel(ts[0]);
    MUST(coil_sleep(0));
    coil_semaphore_release(&sem);
    coil_task_cancel(ts[1]);
    int ndone;
    MUST(coil_wait(ts, 3, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
    printf("locked %d\n", coil_semaphore_locked(&sem));
    coil_semaphore_release(&sem);
    printf("after release locked %d\n", coil_semaphore_locked(&sem));
    for (int i = 0; i < 3; i++)
        coil_task_unref(ts[i]);
    return 0;
}
COIL_MAIN(amain())

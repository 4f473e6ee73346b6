/* a waiter cancelled after the release chose it, but before it ran, passes the lock on */
#include "port.h"

COIL_ASYNC(worker, (char, n), (coil_lock *, lock))
{
    int err = coil_lock_acquire(lock);
    if (err == -ECANCELED) {
        printf("%c cancelled\n", n);
        return err;
    }
    printf("%c has it\n", n);
    return coil_lock_release(lock);
}

COIL_ASYNC(amain)
{
    coil_lock lock;
    coil_lock_init(&lock);
    MUST(coil_lock_acquire(&lock));
    coil_task *ts[2] = {coil_create_task(worker('A', &lock)), coil_create_task(worker('B', &lock))};
    MUST(coil_sleep(0));
    coil_lock_release(&lock);
    coil_task_cancel(ts[0]);
    int ndone;
    MUST(coil_wait(ts, 2, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
    printf("locked %d\n", coil_lock_locked(&lock));
    coil_task_unref(ts[0]);
    coil_task_unref(ts[1]);
    return 0;
}
COIL_MAIN(amain())

/* an acquire that times out leaves no trace in the lock */
#include "port.h"

COIL_ASYNC(holder, (coil_lock *, lock))
{
    MUST(coil_lock_acquire(lock));
    int err = coil_sleep(0.12);
    printf("holder ends\n");
    coil_lock_release(lock);
    return err;
}

COIL_ASYNC(amain)
{
    coil_lock lock;
    coil_lock_init(&lock);
    coil_task *t = coil_create_task(holder(&lock));
    MUST(coil_sleep(0));
    if (coil_wait_for(coil_lock_acquire(&lock), 0.04) == -ETIMEDOUT)
        printf("TimeoutError\n");
    MUST(coil_await(t));
    printf("locked %d\n", coil_lock_locked(&lock));
    MUST(coil_lock_acquire(&lock));
    printf("acquired later\n");
    return coil_lock_release(&lock);
}
COIL_MAIN(amain())

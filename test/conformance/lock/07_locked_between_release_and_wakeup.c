/* between release() and the chosen waiter's run, locked() is false but newcomers still queue */
#include "port.h"

COIL_ASYNC(worker, (const char *, n), (coil_lock *, lock))
{
    MUST(coil_lock_acquire(lock));
    printf("%s has it\n", n);
    return coil_lock_release(lock);
}

COIL_ASYNC(amain)
{
    coil_lock lock;
    coil_lock_init(&lock);
    MUST(coil_lock_acquire(&lock));
    coil_task *t = coil_create_task(worker("waiter", &lock));
    MUST(coil_sleep(0));
    coil_lock_release(&lock);
    printf("locked right after release: %d\n", coil_lock_locked(&lock));
    MUST(worker("newcomer", &lock));
    return coil_await(t);
}
COIL_MAIN(amain())

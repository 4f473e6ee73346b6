/* waiters get the lock in the order in which they asked */
#include "port.h"

COIL_ASYNC(worker, (char, n), (coil_lock *, lock))
{
    printf("%c asks\n", n);
    MUST(coil_lock_acquire(lock));
    printf("%c has it\n", n);
    int err = coil_sleep(0.02);
    printf("%c lets go\n", n);
    coil_lock_release(lock);
    return err;
}

COIL_ASYNC(amain)
{
    coil_lock lock;
    coil_lock_init(&lock);
    return coil_gather(worker('A', &lock), worker('B', &lock), worker('C', &lock));
}
COIL_MAIN(amain())

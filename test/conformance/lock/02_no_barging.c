/* release then acquire by the same task queues behind the waiters: a lock is handed over
 * fairly */
#include "port.h"

COIL_ASYNC(greedy, (coil_lock *, lock))
{
    for (int i = 0; i < 3; i++) {
        MUST(coil_lock_acquire(lock));
        printf("greedy %d\n", i);
        int err = coil_sleep(0);
        coil_lock_release(lock);
        MUST(err);
    }
    return 0;
}

COIL_ASYNC(polite, (coil_lock *, lock))
{
    MUST(coil_lock_acquire(lock));
    printf("polite\n");
    return coil_lock_release(lock);
}

COIL_ASYNC(amain)
{
    coil_lock lock;
    coil_lock_init(&lock);
    return coil_gather(greedy(&lock), polite(&lock));
}
COIL_MAIN(amain())

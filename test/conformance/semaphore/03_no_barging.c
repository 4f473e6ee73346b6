/* a newcomer does not take a permit that is meant for a waiter */
#include "port.h"

COIL_ASYNC(worker, (const char *, n), (coil_semaphore *, sem))
{
    MUST(coil_semaphore_acquire(sem));
    printf("%s in\n", n);
    return coil_semaphore_release(sem);
}

COIL_ASYNC(amain)
{
    coil_semaphore sem;
    MUST(coil_semaphore_init(&sem, 1));
    MUST(coil_semaphore_acquire(&sem));
    coil_task *t = coil_create_task(worker("waiter", &sem));
    MUST(coil_sleep(0));
    coil_semaphore_release(&sem);
    printf("locked right after release: %d\n", coil_semaphore_locked(&sem));
    MUST(worker("newcomer", &sem));
    return coil_await(t);
}
COIL_MAIN(amain())

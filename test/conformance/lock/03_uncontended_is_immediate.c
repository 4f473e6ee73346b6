/* acquiring a free lock does not yield to other tasks */
#include "port.h"

COIL_ASYNC(other)
{
    printf("other runs\n");
    return 0;
}

COIL_ASYNC(amain)
{
    coil_lock lock;
    coil_lock_init(&lock);
    coil_task *t = coil_create_task(other());
    for (int i = 0; i < 3; i++) {
        MUST(coil_lock_acquire(&lock));
        printf("critical %d\n", i);
        coil_lock_release(&lock);
    }
    printf("other done: %d\n", coil_task_done(t));
    return coil_await(t);
}
COIL_MAIN(amain())

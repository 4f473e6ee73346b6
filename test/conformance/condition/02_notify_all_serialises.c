/* notify_all wakes everyone, but they leave wait() one at a time, each holding the lock */
#include "port.h"

COIL_ASYNC(waiter, (char, n), (coil_condition *, cond))
{
    MUST(coil_condition_acquire(cond));
    int err = coil_condition_wait(cond);
    if (err >= 0) {
        printf("%c in\n", n);
        err = coil_sleep(0.02);
        printf("%c out\n", n);
    }
    coil_condition_release(cond);
    return err;
}

COIL_ASYNC(amain)
{
    coil_condition cond;
    coil_condition_init(&cond, NULL);
    coil_task *a = coil_create_task(waiter('A', &cond));
    coil_task *b = coil_create_task(waiter('B', &cond));
    coil_task *c = coil_create_task(waiter('C', &cond));
    MUST(coil_sleep(0));
    MUST(coil_condition_acquire(&cond));
    coil_condition_notify_all(&cond);
    printf("notify_all\n");
    coil_condition_release(&cond);
    return coil_gather(coil_await(a), coil_await(b), coil_await(c));
}
COIL_MAIN(amain())

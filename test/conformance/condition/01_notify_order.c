/* notify() wakes the longest waiter; notify(n) the n longest; each regains the lock before it
 * returns */
#include "port.h"

COIL_ASYNC(waiter, (char, n), (coil_condition *, cond))
{
    MUST(coil_condition_acquire(cond));
    int err = coil_condition_wait(cond);
    printf("%c woken, locked %d\n", n, coil_lock_locked(coil_condition_lock(cond)));
    coil_condition_release(cond);
    return err;
}

COIL_ASYNC(amain)
{
    coil_condition cond;
    coil_task *ts[4];
    coil_condition_init(&cond, NULL);
    for (int i = 0; i < 4; i++)
        ts[i] = coil_create_task(waiter((char)('A' + i), &cond));
    MUST(coil_sleep(0.02));
    MUST(coil_condition_acquire(&cond));
    coil_condition_notify(&cond, 1);
    printf("notified one, still holding the lock\n");
    MUST(coil_sleep(0.02));
    coil_condition_release(&cond);
    MUST(coil_sleep(0.02));
    MUST(coil_condition_acquire(&cond));
    coil_condition_notify(&cond, 2);
    coil_condition_release(&cond);
    MUST(coil_sleep(0.02));
    MUST(coil_condition_acquire(&cond));
    coil_condition_notify(&cond, 99);
    coil_condition_release(&cond);
    return coil_gather(coil_await(ts[0]), coil_await(ts[1]), coil_await(ts[2]), coil_await(ts[3]));
}
COIL_MAIN(amain())

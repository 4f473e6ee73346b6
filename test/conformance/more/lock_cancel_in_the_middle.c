/* lock: cancelled waiters at the head, in the middle and after the grant leave the order of the others; a release without a holder; a message */
#include "said.h"

COIL_ASYNC(worker, (const char *, name), (coil_lock *, lock))
{
    int err = coil_lock_acquire(lock);
    if (err == -ECANCELED)
        printf("%s cancelled %s\n", name, coil_error_message(err));
    if (err < 0)
        return err;
    printf("%s has it\n", name);
    err = coil_sleep(0);
    MUST(coil_lock_release(lock));
    return err;
}

COIL_ASYNC(amain)
{
    static const char *const names[] = {"w0", "w1", "w2", "w3", "w4"};
    coil_task *tasks[5], *sorted[5];
    coil_lock lock;
    int n;
    coil_lock_init(&lock);
    if (coil_lock_release(&lock) == -COIL_EINVALIDSTATE)
        printf("RuntimeError\n");
    MUST(coil_lock_acquire(&lock));
    for (int i = 0; i < 5; i++)
        sorted[i] = tasks[i] = coil_create_task(worker(names[i], &lock));
    MUST(coil_sleep(0));
    coil_task_cancel_msg(tasks[2], "middle");
    coil_task_cancel_msg(tasks[0], "head");
    MUST(coil_sleep(0));
    MUST(coil_lock_release(&lock));
    printf("released %d\n", coil_lock_locked(&lock));
    coil_task_cancel_msg(tasks[1], "granted");
    MUST(coil_wait(sorted, 5, COIL_ALL_COMPLETED, COIL_FOREVER, &n));
    printf("%d [", coil_lock_locked(&lock));
    for (int i = 0; i < 5; i++) {
        printf("%s%d", i ? ", " : "", coil_task_cancelled(tasks[i]));
        coil_task_unref(tasks[i]);
    }
    printf("]\n");
    MUST(coil_lock_acquire(&lock));
    coil_task *t = coil_create_task(worker("x", &lock));
    MUST(coil_sleep(0));
    MUST(coil_lock_release(&lock));
    if (coil_wait_for(coil_lock_acquire(&lock), 0) == -ETIMEDOUT)
        printf("zero is no wait at all %d\n", coil_lock_locked(&lock));
    MUST(coil_await(t));
    printf("free %d\n", coil_lock_locked(&lock));
    return 0;
}
COIL_MAIN(amain())

/* semaphore: several releases at once wake several waiters in order; locked() while woken ones did not run; a cancel among them; value zero */
#include "said.h"

COIL_ASYNC(worker, (const char *, name), (coil_semaphore *, s))
{
    int err = coil_semaphore_acquire(s);
    printf("%s %s %d\n", name, err < 0 ? "cancelled" : "in", coil_semaphore_locked(s));
    return err;
}

COIL_ASYNC(amain)
{
    static const char *const names[] = {"w0", "w1", "w2", "w3", "w4"};
    coil_task *tasks[5], *sorted[5];
    coil_semaphore s, b;
    int n;
    if (coil_semaphore_init(&s, -1) == -EINVAL)
        printf("ValueError\n");
    MUST(coil_semaphore_init(&s, 0));
    for (int i = 0; i < 5; i++)
        sorted[i] = tasks[i] = coil_create_task(worker(names[i], &s));
    MUST(coil_sleep(0));
    MUST(coil_semaphore_release(&s));
    MUST(coil_semaphore_release(&s));
    printf("released two %d\n", coil_semaphore_locked(&s));
    coil_task_cancel(tasks[0]);
    MUST(coil_sleep(0));
    MUST(coil_sleep(0));
    printf("[%d, %d, %d, %d, %d] %d\n", coil_task_done(tasks[0]), coil_task_done(tasks[1]),
           coil_task_done(tasks[2]), coil_task_done(tasks[3]), coil_task_done(tasks[4]),
           coil_semaphore_locked(&s));
    coil_task_cancel(tasks[3]);
    MUST(coil_semaphore_release(&s));
    MUST(coil_semaphore_release(&s));
    MUST(coil_wait(sorted, 5, COIL_ALL_COMPLETED, COIL_FOREVER, &n));
    printf("%d\n", coil_semaphore_locked(&s));
    for (int i = 0; i < 5; i++)
        coil_task_unref(tasks[i]);
    MUST(coil_bounded_semaphore_init(&b, 1));
    MUST(coil_semaphore_acquire(&b));
    MUST(coil_semaphore_release(&b));
    if (coil_semaphore_release(&b) == -EOVERFLOW)
        printf("bounded ValueError %d\n", coil_semaphore_locked(&b));
    MUST(coil_semaphore_init(&s, 0));
    printf("%s\n", said(coil_wait_for(coil_semaphore_acquire(&s), 0.01)));
    return 0;
}
COIL_MAIN(amain())

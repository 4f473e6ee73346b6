/* condition: a waiter cancelled while it takes the lock again goes on trying; then the cancellation comes; notify counts; notify without the lock */
#include "said.h"

COIL_ASYNC(waiter, (const char *, name), (coil_condition *, c))
{
    MUST(coil_condition_acquire(c));
    int err = coil_condition_wait(c);
    int locked = coil_lock_locked(coil_condition_lock(c));
    if (err == -ECANCELED)
        printf("%s cancelled %s %d\n", name, coil_error_message(err), locked);
    else
        printf("%s notified %d\n", name, locked);
    MUST(coil_condition_release(c));
    return err;
}

static void show(int (*what)(coil_task *), coil_task **tasks)
{
    printf("[%d, %d, %d, %d]", what(tasks[0]), what(tasks[1]), what(tasks[2]), what(tasks[3]));
}

COIL_ASYNC(amain)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    coil_task *tasks[4], *sorted[4];
    coil_condition c;
    int n;
    coil_condition_init(&c, NULL);
    if (coil_condition_notify(&c, 1) == -COIL_EINVALIDSTATE)
        printf("RuntimeError\n");
    if (coil_condition_notify_all(&c) == -COIL_EINVALIDSTATE)
        printf("RuntimeError\n");
    for (int i = 0; i < 4; i++)
        sorted[i] = tasks[i] = coil_create_task(waiter(names[i], &c));
    MUST(coil_sleep(0));
    MUST(coil_condition_acquire(&c));
    MUST(coil_condition_notify(&c, 2));
    MUST(coil_sleep(0));
    coil_task_cancel_msg(tasks[0], "one");
    MUST(coil_sleep(0));
    coil_task_cancel_msg(tasks[0], "two");
    MUST(coil_sleep(0));
    printf("still holding ");
    show(coil_task_done, tasks);
    printf("\n");
    MUST(coil_condition_release(&c));
    MUST(coil_sleep(0.01));
    show(coil_task_done, tasks);
    printf("\n");
    MUST(coil_condition_acquire(&c));
    MUST(coil_condition_notify(&c, 0));
    MUST(coil_condition_notify(&c, 10));
    MUST(coil_condition_release(&c));
    MUST(coil_wait(sorted, 4, COIL_ALL_COMPLETED, COIL_FOREVER, &n));
    show(coil_task_cancelled, tasks);
    printf(" %d\n", coil_lock_locked(coil_condition_lock(&c)));
    for (int i = 0; i < 4; i++)
        coil_task_unref(tasks[i]);
    return 0;
}
COIL_MAIN(amain())

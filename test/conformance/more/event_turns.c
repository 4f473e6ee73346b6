/* event: set, clear and set again within one turn; a waiter that comes while others are woken; cancel after set; wait_for on a set event */
#include "said.h"

COIL_ASYNC(waiter, (const char *, name), (coil_event *, e))
{
    int err = coil_event_wait(e);
    if (err == -ECANCELED)
        printf("%s cancelled %d\n", name, coil_event_is_set(e));
    else
        printf("%s %d %d\n", name, err >= 0, coil_event_is_set(e));
    return 0;
}

COIL_ASYNC(amain)
{
    static const char *const names[] = {"a", "b", "c", "late"};
    coil_task *tasks[4];
    coil_event e;
    int n;
    coil_event_init(&e);
    for (int i = 0; i < 3; i++)
        tasks[i] = coil_create_task(waiter(names[i], &e));
    MUST(coil_sleep(0));
    coil_event_set(&e);
    coil_event_clear(&e);
    tasks[3] = coil_create_task(waiter(names[3], &e));
    coil_task_cancel(tasks[1]);
    MUST(coil_sleep(0));
    MUST(coil_sleep(0));
    printf("[%d, %d, %d, %d]\n", coil_task_done(tasks[0]), coil_task_done(tasks[1]),
           coil_task_done(tasks[2]), coil_task_done(tasks[3]));
    coil_event_set(&e);
    coil_event_clear(&e);
    coil_event_set(&e);
    coil_event_set(&e);
    MUST(coil_wait_for(coil_event_wait(&e), 1));
    printf("1\n");
    MUST(coil_wait(tasks, 4, COIL_ALL_COMPLETED, COIL_FOREVER, &n));
    printf("end %d\n", coil_event_is_set(&e));
    for (int i = 0; i < 4; i++)
        coil_task_unref(tasks[i]);
    return 0;
}
COIL_MAIN(amain())

/* set() wakes every waiter in order of arrival; wait() on a set event does not yield */
#include "port.h"

COIL_ASYNC(waiter, (const char *, n), (coil_event *, ev))
{
    printf("%s waits\n", n);
    int err = coil_event_wait(ev);
    printf("%s woken %d\n", n, err == 0);
    return err;
}

COIL_ASYNC(amain)
{
    coil_event ev;
    coil_event_init(&ev);
    coil_task *a = coil_create_task(waiter("A", &ev));
    coil_task *b = coil_create_task(waiter("B", &ev));
    coil_task *c = coil_create_task(waiter("C", &ev));
    MUST(coil_sleep(0.02));
    printf("set\n");
    coil_event_set(&ev);
    coil_event_set(&ev);
    MUST(coil_gather(coil_await(a), coil_await(b), coil_await(c)));
    coil_task *t = coil_create_task(waiter("late task", &ev));
    MUST(coil_event_wait(&ev));
    printf("immediate, late task done: %d\n", coil_task_done(t));
    return coil_await(t);
}
COIL_MAIN(amain())

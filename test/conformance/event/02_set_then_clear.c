/* waiters woken by set() return even if clear() follows at once */
#include "port.h"

COIL_ASYNC(waiter, (const char *, n), (coil_event *, ev))
{
    MUST(coil_event_wait(ev));
    printf("%s woken, is_set %d\n", n, coil_event_is_set(ev));
    return 0;
}

COIL_ASYNC(amain)
{
    coil_event ev;
    coil_event_init(&ev);
    coil_task *a = coil_create_task(waiter("A", &ev));
    coil_task *b = coil_create_task(waiter("B", &ev));
    MUST(coil_sleep(0));
    coil_event_set(&ev);
    coil_event_clear(&ev);
    coil_task *t = coil_create_task(waiter("newcomer", &ev));
    MUST(coil_sleep(0.02));
    printf("newcomer done: %d\n", coil_task_done(t));
    coil_event_set(&ev);
    return coil_gather(coil_await(a), coil_await(b), coil_await(t));
}
COIL_MAIN(amain())

/* sync/event.c: a flag that many wait for. Waking them takes nobody out of the queue: each leaves when it runs. */
#include "sync/waiters.h"

static const struct coil__wait_kind event_kind = {"event", coil__park_cancel, NULL, COIL__RESTS};

void coil_event_init(coil_event *event)
{
    coil__waiters_init(&event->coil__waiting);
    event->coil__set = 0;
}

int coil_event_set(coil_event *event)
{
    int err = coil__waiters_claim(&event->coil__waiting);
    if (err < 0 || event->coil__set)
        return err;
    event->coil__set = 1;
    COIL__LIST_FOREACH (node, coil__waiters_list(&event->coil__waiting))
        coil__unpark(coil__queue_task(node));
    return 0;
}

int coil_event_clear(coil_event *event)
{
    int err = coil__waiters_claim(&event->coil__waiting);
    if (err >= 0)
        event->coil__set = 0;
    return err;
}

int coil_event_is_set(const coil_event *event)
{
    int err = coil__waiters_check(&event->coil__waiting);
    return err < 0 ? err : event->coil__set;
}

int coil_event_wait(coil_event *event)
{
    int err = coil__waiters_enter(&event->coil__waiting);
    if (err < 0 || event->coil__set)
        return err;
    return coil__park(coil__waiters_list(&event->coil__waiting), &event_kind, NULL);
}

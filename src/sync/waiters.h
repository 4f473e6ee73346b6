/* sync/waiters.h: what every file of this room does with its queue of waiting tasks.
 *
 * A task stays in the queue until it runs again, granted or cancelled, as a future stays in asyncio's deques; so the first of the
 * queue may be one that can't be granted any more.
 */
#ifndef COIL_SYNC_WAITERS_H
#define COIL_SYNC_WAITERS_H

#include "coil/sync.h"
#include "task/task.h"

_Static_assert(offsetof(coil__waiters, owner) == sizeof(struct coil__list) &&
                   offsetof(coil__waiters, next) == offsetof(struct coil__list, next),
               "public and inside list differ");

static inline void coil__waiters_init(coil__waiters *w)
{
    coil__list_init((struct coil__list *)w);
    w->owner = 0;
}

static inline struct coil__list *coil__waiters_list(const coil__waiters *w)
{
    return (struct coil__list *)(uintptr_t)w;
}

/* What every call begins with: 0, or -COIL_EWRONGTHREAD. */
static inline int coil__waiters_claim(coil__waiters *w)
{
    return coil__loop_claim(&w->owner);
}
/* The same of one that only looks. */
static inline int coil__waiters_check(const coil__waiters *w)
{
    return coil__loop_check(&w->owner);
}
/* The same of one that suspends: also -COIL_ENOLOOP, -COIL_ENOTASK. */
static inline int coil__waiters_enter(coil__waiters *w)
{
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    return err < 0 ? err : coil__waiters_claim(w);
}

/* Grants to the first in the queue, if it can be granted: asyncio's `if not fut.done(): fut.set_result(True)`. */
static inline bool coil__waiters_wake_first(const coil__waiters *w)
{
    struct coil__list *list = coil__waiters_list(w);
    return !coil__list_empty(list) && coil__unpark(coil__queue_task(list->next));
}

#endif

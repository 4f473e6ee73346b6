/* sync/waiters.h: what every file of this room does with its queue of waiting tasks.
 *
 * A task stays in the queue until it runs again, granted or cancelled, as a future stays in asyncio's deques; so the first of the
 * queue may be one that can't be granted any more.
 */
#ifndef COIL_SYNC_WAITERS_H
#define COIL_SYNC_WAITERS_H

#include "coil/sync.h"
#include "task/task.h"

_Static_assert(sizeof(coil__waiters) == sizeof(struct coil__list), "public and inside list differ");

static inline struct coil__list *coil__waiters_list(const coil__waiters *w)
{
    return (struct coil__list *)(uintptr_t)w;
}

/* Grants to the first in the queue, if it can be granted: asyncio's `if not fut.done(): fut.set_result(True)`. */
static inline bool coil__waiters_wake_first(const coil__waiters *w)
{
    struct coil__list *list = coil__waiters_list(w);
    return !coil__list_empty(list) && coil__unpark(coil__queue_task(list->next));
}

#endif

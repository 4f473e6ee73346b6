/* base/timers.h: the deadlines of a loop: near ones in a heap (base/heap.h), far ones in a calendar before it (base/wheel.h).
 *
 * A heap of a million entries is larger than the caches, and each step through it is a miss. Here it holds what comes in the next
 * millisecond; what comes later costs a place at the end of a bucket, and is looked at again when it is near. A few timers are in the
 * heap alone: only where there are COIL__TIMERS_FEW of them the calendar begins, and it ends when it is empty.
 *
 * The order is exact all the same, (deadline, order of the pushes): what the heap has is before what the wheel's first bucket can hold
 * whenever something is taken from it. Only push can fail (-ENOMEM): the heap has room for all that is in the wheel.
 */
#ifndef COIL_BASE_TIMERS_H
#define COIL_BASE_TIMERS_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/heap.h"
#include "base/wheel.h"

enum { COIL__TIMERS_FEW = 512 };

struct coil__timers {
    struct coil__heap heap; /* with those that are due but have not been told */
    struct coil__wheel wheel;
};

/* Whether there are any that are not due yet. */
static inline bool coil__timers_any(const struct coil__timers *t)
{
    return (t->heap.n | t->wheel.n) != 0;
}

int coil__timers_push_far(struct coil__timers *t, struct coil__heap_node *node,
                          const struct coil__clock *clock);
/* node->when_ns is set, on this clock. */
static inline int coil__timers_push(struct coil__timers *t, struct coil__heap_node *node,
                                    const struct coil__clock *clock)
{
    if (__builtin_expect(t->wheel.n == 0 && t->heap.n < COIL__TIMERS_FEW, 1))
        return coil__heap_push(&t->heap, node);
    return coil__timers_push_far(t, node, clock);
}

/* Makes it idle; no-op when it is. */
static inline void coil__timers_remove(struct coil__timers *t, struct coil__heap_node *node)
{
    if (__builtin_expect(node->index & COIL__BUCKET_NODE, 0))
        coil__wheel_remove(&t->wheel, node);
    else
        coil__heap_remove(&t->heap, node);
}

int64_t coil__timers_first_ns_far(struct coil__timers *t);
/* The first deadline that is not due yet; when there is none the last there can be. It may open buckets before their time, which
 * is for a clock that jumps there. */
static inline int64_t coil__timers_first_ns(struct coil__timers *t)
{
    return __builtin_expect(t->wheel.n > 0, 0) ? coil__timers_first_ns_far(t)
                                               : coil__heap_first_ns(&t->heap);
}

int64_t coil__timers_wake_ns_far(struct coil__timers *t);
/* The same for sleeping; but where that is more than a second away, perhaps a time before it at which to look again. */
static inline int64_t coil__timers_wake_ns(struct coil__timers *t)
{
    return __builtin_expect(t->wheel.n > 0, 0) ? coil__timers_wake_ns_far(t)
                                               : coil__heap_first_ns(&t->heap);
}

void coil__timers_take_due_far(struct coil__timers *t, int64_t now_ns);
/* Those whose deadline is `now_ns` or earlier are due from now on. The ones before must have been told. */
static inline void coil__timers_take_due(struct coil__timers *t, int64_t now_ns)
{
    if (__builtin_expect(t->wheel.n > 0, 0))
        coil__timers_take_due_far(t, now_ns);
    else
        coil__heap_take_due(&t->heap, now_ns);
}
static inline bool coil__timers_has_due(const struct coil__timers *t)
{
    return coil__heap_has_due(&t->heap);
}
/* The next one that is due, idle now; NULL when there is none any more. */
static inline struct coil__heap_node *coil__timers_next_due(struct coil__timers *t)
{
    return coil__heap_next_due(&t->heap);
}

void coil__timers_done(struct coil__timers *t);

/* For tests: 1 when every invariant holds. */
int coil__timers_check(const struct coil__timers *t);

#endif

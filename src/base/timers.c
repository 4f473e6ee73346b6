/* base/timers.c: what is done when there are many. */
#include "base/timers.h"

int coil__timers_push_far(struct coil__timers *t, struct coil__heap_node *node,
                          const struct coil__clock *clock)
{
    int err = coil__heap_reserve(&t->heap, coil__heap_size(&t->heap) + t->wheel.n + 1);
    if (err < 0)
        return err;
    if (t->wheel.n == 0) /* where the cursor was does not matter then, and it may be far behind */
        coil__wheel_move(&t->wheel, coil__clock_now(clock));
    return coil__wheel_later(&t->wheel, node->when_ns) ? coil__wheel_put(&t->wheel, node)
                                                       : coil__heap_push(&t->heap, node);
}

int64_t coil__timers_wake_ns_far(struct coil__timers *t)
{
    int64_t near_ns = coil__heap_first_ns(&t->heap);
    if (near_ns < t->wheel.opens_ns)
        return near_ns;
    int64_t far_ns = coil__wheel_wake_ns(&t->wheel);
    return near_ns < far_ns ? near_ns : far_ns;
}

int64_t coil__timers_first_ns_far(struct coil__timers *t)
{
    while (t->wheel.n && t->wheel.opens_ns <= coil__heap_first_ns(&t->heap) &&
           !coil__wheel_knows_first(&t->wheel))
        coil__wheel_open(&t->wheel, &t->heap, INT64_MIN);
    return coil__timers_wake_ns(t);
}

/* What comes before the next bucket leaves the heap at once: after a long turn it would hold many of them else. */
void coil__timers_take_due_far(struct coil__timers *t, int64_t now_ns)
{
    while (t->wheel.n && t->wheel.opens_ns <= now_ns) {
        coil__heap_take_due(&t->heap, t->wheel.opens_ns - 1);
        coil__wheel_open(&t->wheel, &t->heap, now_ns);
    }
    coil__heap_take_due(&t->heap, now_ns);
    coil__wheel_move(&t->wheel, now_ns);
}

void coil__timers_done(struct coil__timers *t)
{
    coil__heap_done(&t->heap);
    coil__wheel_done(&t->wheel);
}

/* The heap's room counts: a bucket must not fail to open. */
int coil__timers_check(const struct coil__timers *t)
{
    if (t->wheel.n && t->heap.room < coil__heap_size(&t->heap) + t->wheel.n)
        return 0;
    return coil__heap_check(&t->heap) && coil__wheel_check(&t->wheel);
}

/* sync/semaphore.c: a number of permits. A permit that is given to a waiting task is counted as taken at once. */
#include <errno.h>
#include <limits.h>

#include "sync/waiters.h"

static const struct coil__wait_kind semaphore_kind = {"semaphore", coil__park_cancel, NULL,
                                                      COIL__RESTS};

static int init(coil_semaphore *s, int value, int bound)
{
    if (value < 0)
        return coil_fail(-EINVAL, "Semaphore initial value must be >= 0");
    coil__waiters_init(&s->coil__waiting);
    s->coil__value = value;
    s->coil__bound = bound;
    return 0;
}

int coil_semaphore_init(coil_semaphore *s, int value)
{
    return init(s, value, INT_MAX);
}

int coil_bounded_semaphore_init(coil_semaphore *s, int value)
{
    return init(s, value, value);
}

/* Somebody waits who was not cancelled: a newcomer must not overtake. */
static bool somebody_waits(const coil_semaphore *s)
{
    COIL__LIST_FOREACH (node, coil__waiters_list(&s->coil__waiting))
        if (coil__queue_task(node)->wait_state != COIL__WAIT_CANCELLED)
            return true;
    return false;
}

/* Gives a permit to the first who can still be granted one. */
static bool wake_next(coil_semaphore *s)
{
    COIL__LIST_FOREACH (node, coil__waiters_list(&s->coil__waiting)) {
        if (coil__unpark(coil__queue_task(node))) {
            s->coil__value--;
            return true;
        }
    }
    return false;
}

static bool locked(const coil_semaphore *s)
{
    return s->coil__value == 0 || somebody_waits(s);
}

int coil_semaphore_locked(const coil_semaphore *s)
{
    int err = coil__waiters_check(&s->coil__waiting);
    return err < 0 ? err : locked(s);
}

int coil_semaphore_acquire(coil_semaphore *s)
{
    int err = coil__waiters_enter(&s->coil__waiting);
    if (err < 0)
        return err;
    if (!locked(s)) {
        s->coil__value--;
        return 0;
    }
    bool granted;
    err = coil__park(coil__waiters_list(&s->coil__waiting), &semaphore_kind, &granted);
    if (err < 0 && granted)
        s->coil__value++; /* it was given a permit and is cancelled: the permit goes on */
    while (s->coil__value > 0 && wake_next(s))
        continue;
    return err;
}

int coil_semaphore_release(coil_semaphore *s)
{
    int err = coil__waiters_claim(&s->coil__waiting);
    if (err < 0)
        return err;
    if (s->coil__value >= s->coil__bound)
        return coil_fail(-EOVERFLOW, "BoundedSemaphore released too many times");
    s->coil__value++;
    wake_next(s);
    return 0;
}

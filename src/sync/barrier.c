/* sync/barrier.c: n tasks go on together. After asyncio's Barrier: a condition and four states; who drains the barrier last opens
 * it for the next round.
 */
#include <errno.h>

#include "sync/waiters.h"

enum { FILLING, DRAINING, RESETTING, BROKEN };

int coil_barrier_init(coil_barrier *b, int parties)
{
    if (parties < 1)
        return coil_fail(-EINVAL, "parties must be >= 1");
    coil_condition_init(&b->coil__changed, NULL);
    b->coil__parties = parties;
    b->coil__count = 0;
    b->coil__state = FILLING;
    return 0;
}

static int not_draining(void *arg)
{
    coil_barrier *b = arg;
    return b->coil__state != DRAINING && b->coil__state != RESETTING;
}

static int not_filling(void *arg)
{
    return ((coil_barrier *)arg)->coil__state != FILLING;
}

static int broken(void)
{
    return coil_fail(-COIL_EBROKENBARRIER, "Barrier aborted");
}

/* One round, with the lock held. */
static int pass(coil_barrier *b)
{
    int err = coil_condition_wait_for(&b->coil__changed, not_draining, b);
    if (err < 0)
        return err;
    if (b->coil__state == BROKEN)
        return broken();
    int index = b->coil__count++;
    if (index + 1 == b->coil__parties) {
        b->coil__state = DRAINING;
        coil_condition_notify_all(&b->coil__changed);
        err = 0;
    } else {
        err = coil_condition_wait_for(&b->coil__changed, not_filling, b);
        if (err >= 0 && (b->coil__state == BROKEN || b->coil__state == RESETTING))
            err = coil_fail(-COIL_EBROKENBARRIER, "Abort or reset of barrier");
    }
    b->coil__count--;
    if (b->coil__count == 0) {
        if (b->coil__state == RESETTING || b->coil__state == DRAINING)
            b->coil__state = FILLING;
        coil_condition_notify_all(&b->coil__changed);
    }
    return err < 0 ? err : index;
}

int coil_barrier_wait(coil_barrier *b)
{
    int err = coil_condition_acquire(&b->coil__changed);
    if (err < 0)
        return err;
    err = pass(b);
    coil_condition_release(&b->coil__changed);
    return err;
}

int coil_barrier_reset(coil_barrier *b)
{
    int err = coil_condition_acquire(&b->coil__changed);
    if (err < 0)
        return err;
    if (b->coil__count > 0) {
        if (b->coil__state != RESETTING)
            b->coil__state = RESETTING;
    } else {
        b->coil__state = FILLING;
    }
    coil_condition_notify_all(&b->coil__changed);
    return coil_condition_release(&b->coil__changed);
}

int coil_barrier_abort(coil_barrier *b)
{
    int err = coil_condition_acquire(&b->coil__changed);
    if (err < 0)
        return err;
    b->coil__state = BROKEN;
    coil_condition_notify_all(&b->coil__changed);
    return coil_condition_release(&b->coil__changed);
}

int coil_barrier_parties(const coil_barrier *b)
{
    return b->coil__parties;
}

int coil_barrier_n_waiting(const coil_barrier *b)
{
    int err = coil__waiters_check(&b->coil__changed.coil__own.coil__waiting);
    return err < 0 ? err : b->coil__state == FILLING ? b->coil__count : 0;
}

int coil_barrier_broken(const coil_barrier *b)
{
    int err = coil__waiters_check(&b->coil__changed.coil__own.coil__waiting);
    return err < 0 ? err : b->coil__state == BROKEN;
}

/* sync/lock.c: a lock that is handed over in order of arrival.
 *
 * Between a release and the run of the task that was chosen the lock is free, but nobody barges in: who comes meanwhile finds the
 * chosen one in the queue and lines up behind. A chosen task that is cancelled before it runs passes the lock on.
 */
#include "sync/waiters.h"

static const struct coil__wait_kind lock_kind = {"lock", coil__park_cancel, NULL, COIL__RESTS};

void coil_lock_init(coil_lock *lock)
{
    coil__waiters_init(&lock->coil__waiting);
    lock->coil__locked = 0;
}

/* True when all who wait have been cancelled: they are leaving and want nothing. */
static bool all_cancelled(struct coil__list *list)
{
    COIL__LIST_FOREACH (node, list)
        if (coil__queue_task(node)->wait_state != COIL__WAIT_CANCELLED)
            return false;
    return true;
}

int coil_lock_acquire(coil_lock *lock)
{
    int err = coil__waiters_enter(&lock->coil__waiting);
    if (err < 0)
        return err;
    struct coil__list *list = coil__waiters_list(&lock->coil__waiting);
    if (!lock->coil__locked && all_cancelled(list)) {
        lock->coil__locked = 1;
        return 0;
    }
    err = coil__park(list, &lock_kind, NULL);
    if (err < 0) {
        if (!lock->coil__locked)
            coil__waiters_wake_first(&lock->coil__waiting);
        return err;
    }
    lock->coil__locked = 1;
    return 0;
}

int coil_lock_release(coil_lock *lock)
{
    int err = coil__waiters_claim(&lock->coil__waiting);
    if (err < 0)
        return err;
    if (!lock->coil__locked)
        return coil_fail(-COIL_EINVALIDSTATE, "Lock is not acquired.");
    lock->coil__locked = 0;
    coil__waiters_wake_first(&lock->coil__waiting);
    return 0;
}

int coil_lock_locked(const coil_lock *lock)
{
    int err = coil__waiters_check(&lock->coil__waiting);
    return err < 0 ? err : lock->coil__locked;
}

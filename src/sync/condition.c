/* sync/condition.c: wait for a notification with a lock let go, and come back with it held, whatever happens. */
#include <errno.h>

#include "sync/waiters.h"

static const struct coil__wait_kind condition_kind = {"condition", coil__park_cancel, NULL,
                                                      COIL__RESTS};

void coil_condition_init(coil_condition *c, coil_lock *lock)
{
    coil__waiters_init(&c->coil__waiting);
    coil_lock_init(&c->coil__own);
    c->coil__lock = lock;
}

/* The condition may be moved before it is used, so its own lock is found, not pointed to. */
coil_lock *coil_condition_lock(coil_condition *c)
{
    return c->coil__lock ? c->coil__lock : &c->coil__own;
}

int coil_condition_acquire(coil_condition *c)
{
    return coil_lock_acquire(coil_condition_lock(c));
}

int coil_condition_release(coil_condition *c)
{
    return coil_lock_release(coil_condition_lock(c));
}

static void wake(coil_condition *c, int n)
{
    COIL__LIST_FOREACH (node, coil__waiters_list(&c->coil__waiting)) {
        if (n <= 0)
            return;
        n -= coil__unpark(coil__queue_task(node));
    }
}

int coil_condition_wait(coil_condition *c)
{
    int err = coil__waiters_enter(&c->coil__waiting);
    if (err < 0)
        return err;
    if (!coil_lock_locked(coil_condition_lock(c)))
        return coil_fail(-COIL_EINVALIDSTATE, "cannot wait on un-acquired lock");
    coil_ignore(coil_condition_release(c));
    err = coil__park(coil__waiters_list(&c->coil__waiting), &condition_kind, NULL);
    /* the lock is taken again even if we are cancelled while we wait for it: asked again until it is ours */
    for (;;) {
        int again = coil_condition_acquire(c);
        if (again >= 0)
            break;
        err = again;
    }
    if (err < 0)
        wake(
            c,
            1); /* we may have been chosen and can't use it: a needless wake-up is allowed, a lost one is not */
    return err;
}

int coil_condition_wait_for(coil_condition *c, coil_predicate predicate, void *arg)
{
    int err = coil__waiters_enter(&c->coil__waiting);
    while (err >= 0) {
        int value = predicate(arg);
        if (value != 0)
            return value;
        err = coil_condition_wait(c);
    }
    return err;
}

int coil_condition_notify(coil_condition *c, int n)
{
    int err = coil__waiters_claim(&c->coil__waiting);
    if (err < 0)
        return err;
    if (!coil_lock_locked(coil_condition_lock(c)))
        return coil_fail(-COIL_EINVALIDSTATE, "cannot notify on un-acquired lock");
    wake(c, n);
    return 0;
}

int coil_condition_notify_all(coil_condition *c)
{
    return coil_condition_notify(c, 0x7fffffff);
}

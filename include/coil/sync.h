/* coil/sync.h: lock, event, semaphore, condition and barrier, for tasks of one loop.
 *
 * The structs are yours, on a stack or inside another struct, and need no heap; init makes them ready, and nothing has to
 * be undone when nobody waits any more. They are handed over in order of arrival and follow asyncio's to the turn. A time
 * limit is coil_wait_for's business: `coil_wait_for(coil_lock_acquire(&l), 0.5)`.
 *
 * Each belongs to the loop that used it first, until that loop is closed; before that any thread may use it, such as to set it up. A
 * call from another thread, or in another loop, then gives -COIL_EWRONGTHREAD and does nothing. Calls that suspend return
 * -COIL_ENOLOOP or -COIL_ENOTASK outside of a coroutine.
 */
#ifndef COIL_SYNC_H
#define COIL_SYNC_H

#include "coil/call.h"
#include "coil/errors.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Who waits, in order of arrival. Coil's own. */
typedef struct coil__waiters {
    void *next, *prev;
    unsigned long long owner; /* the loop that it belongs to; 0: none yet */
} coil__waiters;

/* ---------------------------------------------------------------- lock ---- */

typedef struct coil_lock {
    coil__waiters coil__waiting;
    int coil__locked;
} coil_lock;

/* Makes an unlocked lock. From: any thread. Suspends: no. Cancel: not applicable. */
void coil_lock_init(coil_lock *lock);
/* Takes the lock, waiting for its turn. Returns 0 or -ECANCELED.
 * From: coroutine. Suspends: yes, unless it is free and nobody waits. Cancel: the lock is not taken. */
COIL_DECLARE(coil_lock_acquire, (coil_lock *, lock));
/* Gives the lock to who waits longest. Returns 0, -COIL_EINVALIDSTATE when it is not locked.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_lock_release(coil_lock *lock);
/* Tells whether it is locked: 1 or 0. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_lock_locked(const coil_lock *lock);

/* ---------------------------------------------------------------- event ---- */

typedef struct coil_event {
    coil__waiters coil__waiting;
    int coil__set;
} coil_event;

/* Makes an event that is not set. From: any thread. Suspends: no. Cancel: not applicable. */
void coil_event_init(coil_event *event);
/* Sets it: all who wait go on, in order of arrival. Returns 0. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_event_set(coil_event *event);
/* Clears it; who was woken goes on all the same. Returns 0. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_event_clear(coil_event *event);
/* Tells whether it is set: 1 or 0. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_event_is_set(const coil_event *event);
/* Waits until it is set. Returns 0 or -ECANCELED.
 * From: coroutine. Suspends: yes, unless it is set. Cancel: ends the wait. */
COIL_DECLARE(coil_event_wait, (coil_event *, event));

/* ---------------------------------------------------------------- semaphore ---- */

typedef struct coil_semaphore {
    coil__waiters coil__waiting;
    int coil__value;
    int coil__bound; /* INT_MAX: none */
} coil_semaphore;

/* Makes a semaphore with `value` permits. Returns 0, -EINVAL for a negative one.
 * From: any thread. Suspends: no. Cancel: not applicable. */
int coil_semaphore_init(coil_semaphore *s, int value);
/* The same, and refuses to be released beyond its start value.
 * From: any thread. Suspends: no. Cancel: not applicable. */
int coil_bounded_semaphore_init(coil_semaphore *s, int value);
/* Takes a permit, waiting for its turn. Returns 0 or -ECANCELED.
 * From: coroutine. Suspends: yes, unless one is free and nobody waits. Cancel: no permit is taken or lost. */
COIL_DECLARE(coil_semaphore_acquire, (coil_semaphore *, s));
/* Gives a permit back. Returns 0, -EOVERFLOW for a bounded one that is full.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_semaphore_release(coil_semaphore *s);
/* Tells whether an acquire would wait: 1 or 0. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_semaphore_locked(const coil_semaphore *s);

/* ---------------------------------------------------------------- condition ---- */

typedef struct coil_condition {
    coil__waiters coil__waiting;
    coil_lock *coil__lock;
    coil_lock coil__own;
} coil_condition;

/* Makes a condition on a lock, which several may share; NULL: one of its own.
 * From: any thread. Suspends: no. Cancel: not applicable. */
void coil_condition_init(coil_condition *c, coil_lock *lock);
/* Gives the condition's lock. From: any thread. Suspends: no. Cancel: not applicable. */
coil_lock *coil_condition_lock(coil_condition *c);
/* Takes the condition's lock. From: coroutine. Suspends: yes, unless it is free. Cancel: the lock is not taken. */
COIL_DECLARE(coil_condition_acquire, (coil_condition *, c));
/* Gives the condition's lock back. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_condition_release(coil_condition *c);
/* Lets the lock go, waits to be notified, takes the lock again. Returns 0, -ECANCELED, -COIL_EINVALIDSTATE without the lock.
 * From: coroutine. Suspends: yes. Cancel: the lock is held again; a notification that had come goes to the next. */
COIL_DECLARE(coil_condition_wait, (coil_condition *, c));
typedef int (*coil_predicate)(void *arg);
/* Waits until the predicate is not 0, asking it with the lock held after each notification. Returns its value (negative: an error),
 * or an error of the wait. From: coroutine. Suspends: yes, unless it is true. Cancel: the lock is held again. */
COIL_DECLARE(coil_condition_wait_for, (coil_condition *, c), (coil_predicate, predicate),
             (void *, arg));
/* Wakes the n who have waited longest. Returns 0, -COIL_EINVALIDSTATE without the lock.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_condition_notify(coil_condition *c, int n);
/* Wakes all. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_condition_notify_all(coil_condition *c);

/* ---------------------------------------------------------------- barrier ---- */

typedef struct coil_barrier {
    coil_condition coil__changed;
    int coil__parties, coil__count, coil__state;
} coil_barrier;

/* Makes a barrier for n parties. Returns 0, -EINVAL for less than one.
 * From: any thread. Suspends: no. Cancel: not applicable. */
int coil_barrier_init(coil_barrier *b, int parties);
/* Waits until n have arrived. Returns the order of arrival, 0 to n-1; -COIL_EBROKENBARRIER when it is broken or reset meanwhile.
 * From: coroutine. Suspends: yes, but for the last. Cancel: leaves the count; the barrier is not broken. */
COIL_DECLARE(coil_barrier_wait, (coil_barrier *, b));
/* Makes it as new; who waits gets -COIL_EBROKENBARRIER.
 * From: coroutine. Suspends: yes, for its lock. Cancel: nothing has happened, or the next suspension delivers it. */
COIL_DECLARE(coil_barrier_reset, (coil_barrier *, b));
/* Breaks it: who waits and who comes gets -COIL_EBROKENBARRIER, until a reset.
 * From: coroutine. Suspends: yes, for its lock. Cancel: nothing has happened, or the next suspension delivers it. */
COIL_DECLARE(coil_barrier_abort, (coil_barrier *, b));
/* Gives n. From: any thread. Suspends: no. Cancel: not applicable. */
int coil_barrier_parties(const coil_barrier *b);
/* Tells how many wait now. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_barrier_n_waiting(const coil_barrier *b);
/* Tells whether it is broken: 1 or 0. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_barrier_broken(const coil_barrier *b);

#ifdef __cplusplus
}
#endif
#endif

/* coil/timeout.h: a time limit around a block of code.
 *
 *     COIL_TIMEOUT(tm, 0.5, err) {
 *         err = talk_to(peer);
 *     }
 *
 * err is 0 when the body begins. What the body leaves in it is what it raised; after the block it is the
 * outcome: -ETIMEDOUT when the limit cancelled the body. `break` leaves early; a return or goto out of the
 * block disarms the limit. Inside the block the time-out is -ECANCELED, as any cancellation.
 */
#ifndef COIL_TIMEOUT_H
#define COIL_TIMEOUT_H

#include "coil/task.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A time limit. The struct is yours, on your stack; it may not move between enter and exit. */
typedef struct coil_timeout {
    COIL__ALIGNAS(16) unsigned char coil__state[112];
} coil_timeout;

/* Runs the block that follows with a limit of `seconds` (COIL_FOREVER: none, until a reschedule). t: a new name, a
 * coil_timeout * in the block. err: an int variable.
 * From: coroutine. Suspends: no. Cancel: not applicable. */
#define COIL_TIMEOUT(t, seconds, err)                                                     \
    for (coil_timeout COIL__CAT(coil__scope_, t)                                          \
             __attribute__((cleanup(coil__public_timeout_leave))),                        \
         *t = coil__public_timeout_scope(&COIL__CAT(coil__scope_, t), (seconds), &(err)); \
         coil__public_timeout_again(t);)                                                  \
        for (; coil__public_timeout_body(t);)

/* The function form. Begins a limit of `seconds`. Returns 0, -COIL_ENOTASK, -COIL_ENOLOOP, -EINVAL for NaN.
 * From: coroutine. Suspends: no. Cancel: not applicable. */
int coil_timeout_enter(coil_timeout *t, double seconds);
/* The same with a deadline on the loop's clock, in seconds.
 * From: coroutine. Suspends: no. Cancel: not applicable. */
int coil_timeout_enter_at(coil_timeout *t, double when);
/* Ends the limit. body_err: what the body ended with. Returns the outcome: -ETIMEDOUT, or body_err.
 * From: coroutine. Suspends: no. Cancel: not applicable. */
COIL__NODISCARD int coil_timeout_exit(coil_timeout *t, int body_err);

/* Moves the deadline to `when` (the loop's clock; COIL_FOREVER disarms; the past fires soon).
 * Returns 0, -COIL_EINVALIDSTATE when it is not entered, has expired or is over, -EINVAL for NaN.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_timeout_reschedule(coil_timeout *t, double when);
/* Gives the deadline on the loop's clock, COIL_FOREVER for none.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
double coil_timeout_when(const coil_timeout *t);
/* Tells whether the limit struck: 1 or 0. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_timeout_expired(const coil_timeout *t);

coil_timeout *coil__public_timeout_scope(coil_timeout *t, double seconds, int *err);
int coil__public_timeout_again(coil_timeout *t);
int coil__public_timeout_body(coil_timeout *t);
void coil__public_timeout_leave(coil_timeout *t);

#ifdef __cplusplus
}
#endif
#endif

/* coil/future.h: a result that somebody will set.
 *
 * A future is made by coil_future_new, settled once (a result, an error or a cancellation), and awaited
 * by any number of tasks. Its handle is checked, as a task's is. The creator owns it and gives it back
 * with coil_future_unref; whoever waits keeps it alive. Results are pointers, which Coil only passes on.
 * An error that nobody fetched is reported when the last handle goes. One that could not be made is NULL, and
 * coil_future_await(NULL) says why.
 *
 * Each call returns -COIL_ESTALE for a stale handle, -EINVAL for NULL, -COIL_EWRONGTHREAD for a future of another loop.
 */
#ifndef COIL_FUTURE_H
#define COIL_FUTURE_H

#include "coil/call.h"
#include "coil/errors.h"
#include "coil/loop.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Makes a pending future of the running loop. Returns it, or NULL without a loop or memory.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
coil_future *coil_future_new(void);

/* The same for a loop that may not be running.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
coil_future *coil_loop_create_future(coil_loop *loop);

/* Settles f with a value (any pointer, NULL too); who awaits it goes on in the next turn.
 * Returns 0, -COIL_EINVALIDSTATE when it is settled already.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_future_set_result(coil_future *f, void *value);

/* Settles f with an error; the message of coil_fail(err, ...) goes along. -ECANCELED cancels it.
 * Returns 0, -COIL_EINVALIDSTATE, -EINVAL when err is not negative.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_future_set_error(coil_future *f, int err);

/* Cancels f: who awaits it gets -ECANCELED. Returns 1, or 0 when it is settled already.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_future_cancel(coil_future *f);
/* The same with a message (copied). From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_future_cancel_msg(coil_future *f, const char *message);

/* Waits until f is settled; at once when it is. Returns 0 and the value, or f's error, -ECANCELED.
 * From: coroutine. Suspends: yes. Cancel: cancels f, and so reaches all who await it. */
COIL__NODISCARD int coil_future_await(coil_future *f, void **ret_value);
COIL__NODISCARD coil_call coil__async_coil_future_await(coil_future *f, void **ret_value);

/* The same, shielded: a cancelled caller leaves f alone.
 * From: coroutine. Suspends: yes. Cancel: -ECANCELED at once; f goes on. */
COIL_DECLARE(coil_future_shield, (coil_future *, f), (void *, ret_value, out));

/* Gives a shield that one can hold: a future that follows t in the turn after t's end, and whose cancellation leaves t alone.
 * t's outputs land when the shield's success is fetched; a shield whose outcome was fetched takes the creator's handle of t
 * back when it goes. Returns the future, which the caller owns; NULL for a bad handle or without memory.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
COIL__NODISCARD coil_future *coil_shield_future(coil_task *t);
/* The same around a future; of one that is settled it is that future itself, with one more reference.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
COIL__NODISCARD coil_future *coil_future_shield_future(coil_future *f);

/* Tells whether f is settled: 1 or 0. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_future_done(coil_future *f);
/* Tells whether f was cancelled: 1 or 0. A gather's future never is: it fails with -ECANCELED, as asyncio's does.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_future_cancelled(coil_future *f);

/* Gives the value of a settled future without waiting. Returns 0 and the value (ret_value may be NULL), its error, -ECANCELED, or
 * -COIL_EINVALIDSTATE while it is pending. The error counts as fetched.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_future_result(coil_future *f, void **ret_value);

/* A callback for a settled future; f is valid during the call. */
typedef int (*coil_future_callback)(coil_future *f, void *arg);
/* Has fn(f, arg) called by the loop in the turn after f is settled, in order of registration. Returns 0, -ENOMEM.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_future_add_done_callback(coil_future *f, coil_future_callback fn, void *arg);
/* Removes every registration of (fn, arg) not queued yet. Returns how many there were.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_future_remove_done_callback(coil_future *f, coil_future_callback fn, void *arg);

/* Keeps a handle alive until the matching coil_future_unref. Returns f, NULL for a bad handle.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
coil_future *coil_future_ref(coil_future *f);
/* Gives a handle back. From: loop thread. Suspends: no. Cancel: not applicable. */
void coil_future_unref(coil_future *f);

#ifdef __cplusplus
}
#endif
#endif

/* coil/task.h: tasks, and the calls that suspend them.
 *
 * A task is a call that runs concurrently, on a stack of its own, in the loop of the thread that
 * created it. Creating one queues it and runs nothing; it starts in the next turn of the loop, in
 * order of creation.
 *
 * Handles. A coil_task * is opaque and checked: use after its task was given back is -COIL_ESTALE,
 * never a crash. The first coil_await that returns takes the creator's handle back, so the plain
 * life is create, await, forget. coil_task_ref keeps a handle for more: then coil_task_unref ends it.
 * A task that nobody joins is made by coil_spawn. A failed task that is given back without anybody
 * having seen its error is reported to the loop's exception handler. A create that fails gives
 * NULL, and coil_await(NULL) says why.
 *
 * Cancellation is a request: it is delivered once, as -ECANCELED from the call in which the task is
 * suspended or suspends next, and is passed on to what the task awaits, innermost first.
 *
 * Unless a contract says otherwise: a call that takes a task returns -COIL_ESTALE for a stale handle,
 * -EINVAL for NULL, -COIL_ENOLOOP without a loop in this thread, -COIL_EWRONGTHREAD for a
 * task of another loop. Calls that suspend return -COIL_ENOLOOP or -COIL_ENOTASK outside of a coroutine.
 */
#ifndef COIL_TASK_H
#define COIL_TASK_H

#include "coil/call.h"
#include "coil/errors.h"
#include "coil/loop.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Starts a call concurrently: `coil_task *t = coil_create_task(fetch(1, &r));`.
 * Returns the task, or NULL when that failed (no loop, no memory, no stack); coil_await(NULL) then gives the error.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
#define coil_create_task(call) \
    coil__public_create_task(COIL__REF(call), NULL, 0, __FILE__, __LINE__)

/* The same with a name (copied; NULL: an automatic one).
 * From: loop thread. Suspends: no. Cancel: not applicable. */
#define coil_create_task_named(call, name) \
    coil__public_create_task(COIL__REF(call), (name), 0, __FILE__, __LINE__)

/* Starts a call and runs it at once, inside this call, up to its first suspension (3.12's eager tasks). One that never
 * suspends is done on return. Returns as coil_create_task.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
#define coil_create_task_eager(call) \
    coil__public_create_task(COIL__REF(call), NULL, 1, __FILE__, __LINE__)

/* Starts a call that nobody will join; its error goes to the exception handler, its outputs go nowhere.
 * Returns 0, or the error of the creation.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
#define coil_spawn(call) coil__public_spawn(COIL__REF(call), __FILE__, __LINE__)

/* Has every task of this loop start eagerly from now on (1), or not (0): set_task_factory(eager_task_factory). coil_create_task,
 * coil_spawn, groups and gathers follow it; the main task does not. Returns 0, -EINVAL for NULL, -COIL_ELOOPCLOSED, -ENOMEM.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_loop_set_eager(coil_loop *loop, int on);

COIL__NODISCARD coil_task *coil__public_create_task(const coil_call *call, const char *name,
                                                    int eager, const char *file, int line);
int coil__public_spawn(const coil_call *call, const char *file, int line);

/* Waits until t has ended and returns its status; on success its outputs land. A task that is done gives its
 * status at once, without suspending. The first await that returns takes the creator's handle back.
 * Returns the status (negative: the task's error, -ECANCELED when t or the caller was cancelled), -COIL_ESTALE,
 * -COIL_ESELFAWAIT, -COIL_EWRONGTHREAD, or for NULL the error of the create that gave it.
 * From: coroutine. Suspends: yes. Cancel: is passed on to t; returns when t has ended. */
COIL__NODISCARD int coil_await(coil_task *t);
COIL__NODISCARD coil_call coil__async_coil_await(coil_task *t);

/* Waits as coil_await does, but shields t: a cancellation of the caller frees the caller at once
 * and leaves t running. When t has ended, its status is returned, its outputs land and the creator's
 * handle is taken back; when the caller was cancelled the handle stays with its owner.
 * From: coroutine. Suspends: yes. Cancel: -ECANCELED at once; t goes on. */
COIL_DECLARE(coil_shield, (coil_task *, t));

/* Suspends the task for `seconds` (on the loop's clock, never shorter); 0 or less is one turn of the loop.
 * Returns 0, -EINVAL for NaN, -ECANCELED.
 * From: coroutine. Suspends: yes. Cancel: ends the sleep. */
COIL_DECLARE(coil_sleep, (double, seconds));

/* Sleeps as coil_sleep does and then gives `result`, which Coil only passes on: asyncio.sleep(delay, result).
 * From: coroutine. Suspends: yes. Cancel: ends the sleep. */
COIL_DECLARE(coil_sleep_result, (double, seconds), (void *, result), (void *, ret_result, out));

/* Lets everything else that is ready run once: asyncio.sleep(0). Returns 0 or -ECANCELED.
 * From: coroutine. Suspends: yes. Cancel: is delivered when the task's turn comes. */
COIL_DECLARE(coil_yield_now);

typedef int (*coil_thunk)(void *arg);
/* Calls fn(arg): a call object for a function pointer. Returns what fn returns.
 * From: any thread. Suspends: yes, when fn does. Cancel: as fn does. */
COIL_DECLARE(coil_apply, (coil_thunk, fn), (void *, arg));

/* Runs a stored call object in this task, as the direct call would: awaiting a coroutine object. Outputs land on success.
 * Returns what the function returns, -COIL_ECALLUSED when the object (or a copy of it) was used before.
 * From: coroutine. Suspends: yes, when the function does. Cancel: as the function does. */
COIL__NODISCARD int coil_perform(coil_call c);
static inline COIL__UNUSED COIL__NODISCARD coil_call coil__async_coil_perform(coil_call c)
{
    return c;
}

/* ------------------------------------------------------------- cancellation and state ---- */

/* Asks t to end: -ECANCELED comes out of the call in which it is suspended, or suspends next.
 * Returns 1 when the request was taken, 0 when t is done already.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_task_cancel(coil_task *t);

/* The same with a message (copied), which coil_error_message(-ECANCELED) tells in t and in whoever awaits t.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_task_cancel_msg(coil_task *t, const char *message);

/* Tells how many cancellation requests t has that were not taken back.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_task_cancelling(coil_task *t);

/* Takes one request back; at zero a cancellation that was not delivered yet is withdrawn. Returns how many are left.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_task_uncancel(coil_task *t);

/* Tells whether t has ended: 1 or 0.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_task_done(coil_task *t);

/* Tells whether t ended by cancellation: 1 or 0.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_task_cancelled(coil_task *t);

/* Gives what t returned: its status, -ECANCELED when it was cancelled, -COIL_EINVALIDSTATE while it
 * runs. An error counts as seen: it will not be reported. coil_error_message tells its message.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_task_status(coil_task *t);

/* Gives t's error as a record, without copying: task.exception(). Returns 0 and NULL in *ret_error after a success, the
 * negative code and the record (valid while the handle is) after an error, -COIL_EINVALIDSTATE while t runs.
 * ret_error may be NULL. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_task_error(coil_task *t, const coil_error **ret_error);

/* Names t (copied). Returns 0, -EINVAL for a NULL name, -ENOMEM.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_task_set_name(coil_task *t, const char *name);

/* Gives t's name, "Task-N" unless one was set; "(stale task)" for a bad handle. Valid until the task
 * is given back or renamed. An automatic name is valid until the next call of this function in this thread.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
const char *coil_task_name(coil_task *t);

/* Keeps t's handle alive until coil_task_unref. Returns t, NULL for a bad handle and after
 * 65535 of these. From: loop thread. Suspends: no. Cancel: not applicable. */
coil_task *coil_task_ref(coil_task *t);

/* Gives a handle back (the creator's, or one of coil_task_ref) without awaiting. The task runs on. A failed one whose
 * error nobody saw is reported when its last handle goes.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
void coil_task_unref(coil_task *t);

/* A callback for a task that ended; t is valid during the call. Negative returns go to the exception handler. */
typedef int (*coil_task_callback)(coil_task *t, void *arg);

/* Has fn(t, arg) called by the loop, in order of registration, in the turn after t ended (soon when it
 * has ended already). Returns 0, -ENOMEM.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_task_add_done_callback(coil_task *t, coil_task_callback fn, void *arg);

/* Removes every registration of (fn, arg) that has not been queued yet. Returns how many there were.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_task_remove_done_callback(coil_task *t, coil_task_callback fn, void *arg);

/* Gives the task that is running, NULL outside of tasks (in callbacks, or without a loop). Borrowed: take a coil_task_ref to keep it.
 * From: any thread. Suspends: no. Cancel: not applicable. */
coil_task *coil_current_task(void);

/* Lists the tasks of this loop that have not ended, in order of creation. buf: room for n handles, borrowed.
 * Returns how many there are (which may exceed n), or -COIL_ENOLOOP.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_all_tasks(coil_task **buf, int n);

#ifdef __cplusplus
}
#endif
#endif

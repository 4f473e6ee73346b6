/* coil/threads.h: blocking work in threads, and futures that threads share.
 *
 * coil_to_thread(crunch(data, &r)) runs a blocking function in the loop's default pool while the task waits and the loop goes
 * on. coil_run_in_executor starts one and gives a future. A pool takes any call object; in its threads no loop
 * runs, so calls that suspend give -COIL_ENOLOOP there. Outputs land when the job is awaited, and an error's
 * message travels with it.
 *
 * What can't be stopped: cancelling drops a job that is still queued. One that runs goes on; it can ask
 * coil_thread_cancelled(). coil_to_thread waits for it, a future's awaiter goes free at once.
 */
#ifndef COIL_THREADS_H
#define COIL_THREADS_H

#include "coil/call.h"
#include "coil/errors.h"
#include "coil/future.h"
#include "coil/loop.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- jobs ---- */

/* Runs a call in a thread of the loop's default pool (at most min(32, CPUs + 4) threads) and waits for it.
 * Returns what the function returns; -COIL_EPOOLSHUTDOWN, -ENOMEM, -EAGAIN when no thread can be started, -ECANCELED.
 * From: coroutine. Suspends: yes. Cancel: a queued job is dropped; a running one is waited for, its outputs are dropped. */
#define coil_to_thread(call) coil__public_to_thread(COIL__C(call))
COIL__NODISCARD int coil__public_to_thread(coil_call c);
COIL__NODISCARD coil_call coil__async_coil__public_to_thread(coil_call c);

/* The same in a pool of your own (NULL: the default one), of threads or of processes.
 * Errors as coil_to_thread; a process pool gives -EINVAL for a call that is not COIL_REMOTE, and -COIL_EBROKENPOOL.
 * From: coroutine. Suspends: yes. Cancel: as coil_to_thread. */
#define coil_pool_run(pool, call) coil__public_pool_run((pool), COIL__C(call))
COIL__NODISCARD int coil__public_pool_run(coil_pool *pool, coil_call c);
COIL__NODISCARD coil_call coil__async_coil__public_pool_run(coil_pool *pool, coil_call c);

/* Starts a call in a pool (NULL: the default one) and gives a future of its status; outputs land when
 * coil_future_await or coil_future_result gives a success. Other pointers must stay valid until the job has
 * ended, also after a cancellation. A job that can't be started gives a future that has failed already.
 * Returns the future, which the caller owns; NULL without a loop or memory.
 * Cancelling the future drops a queued job; a running one goes on unheard.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
#define coil_run_in_executor(pool, call) coil__public_run_in_executor((pool), COIL__C(call))
COIL__NODISCARD coil_future *coil__public_run_in_executor(coil_pool *pool, coil_call c);

/* Tells a job that runs in a pool's thread whether its result is still wanted: 1 when it was cancelled, else 0.
 * From: any thread. Suspends: no. Cancel: not applicable. */
int coil_thread_cancelled(void);

/* ---------------------------------------------------------------- pools ---- */

/* Makes a pool of at most max_workers threads (0: min(32, CPUs + 4)), started on demand. Jobs begin in order of submission.
 * Any loop may use it. Returns 0 and *ret_pool, -EINVAL when max_workers is negative, -ENOMEM.
 * From: any thread. Suspends: no. Cancel: not applicable. */
COIL__NODISCARD int coil_thread_pool_new(int max_workers, coil_pool **ret_pool);

/* Refuses new jobs from now on (-COIL_EPOOLSHUTDOWN) and waits until those submitted before have ended.
 * Returns 0, -ENOMEM, -ECANCELED.
 * From: coroutine. Suspends: yes. Cancel: the pool stays shut; the caller is freed at once, the jobs go on. */
COIL_DECLARE(coil_pool_shutdown, (coil_pool *, pool));

/* Shuts a pool down and frees it; blocks this thread while jobs are left (coil_pool_shutdown first avoids
 * that). NULL is fine. From: any thread but the pool's. Suspends: no. Cancel: not applicable. */
void coil_pool_free(coil_pool *pool);

/* Shuts down the default pool of the running loop and waits for its jobs: loop.shutdown_default_executor().
 * Returns as coil_pool_shutdown. From: coroutine. Suspends: yes, while there are jobs. Cancel: as coil_pool_shutdown; without
 * jobs the next suspension delivers it. */
COIL_DECLARE(coil_loop_shutdown_default_executor);

/* ---------------------------------------------------------------- futures between threads ---- */

/* A future that threads share: concurrent.futures.Future. Any thread may use it; it is counted. */
typedef struct coil_thread_future coil_thread_future;

/* Has a call run as a task of a loop that runs in another thread, and gives a future of its status. Outputs
 * land when coil_thread_future_wait or _result gives the success.
 * Returns the future, which the caller frees; NULL when loop is NULL or closed, the call was used, or without memory.
 * coil_thread_future_cancel cancels the task.
 * From: any thread. Suspends: no. Cancel: not applicable. */
#define coil_run_coroutine_threadsafe(loop, call) \
    coil__public_run_threadsafe((loop), COIL__C(call), __FILE__, __LINE__)
COIL__NODISCARD coil_thread_future *coil__public_run_threadsafe(coil_loop *loop, coil_call c,
                                                                const char *file, int line);

/* Makes a pending future for threads to settle. Returns it, or NULL without memory.
 * From: any thread. Suspends: no. Cancel: not applicable. */
COIL__NODISCARD coil_thread_future *coil_thread_future_new(void);

/* Settles f with a pointer, which Coil only passes on. Returns 0, -COIL_EINVALIDSTATE when it is settled already.
 * From: any thread. Suspends: no. Cancel: not applicable. */
int coil_thread_future_set_result(coil_thread_future *f, void *value);

/* Settles f with an error; the message of coil_fail(err, ...) goes along. Returns 0, -COIL_EINVALIDSTATE, -EINVAL
 * when err is not negative. From: any thread. Suspends: no. Cancel: not applicable. */
int coil_thread_future_set_error(coil_thread_future *f, int err);

/* Blocks this thread until f is settled, at most `seconds` (COIL_FOREVER: without limit). Not for a loop's thread: it would stand still.
 * Returns f's status (its error's message can be asked for), -ETIMEDOUT, -EINVAL for NaN.
 * From: any thread. Suspends: no. Cancel: not applicable. */
COIL__NODISCARD int coil_thread_future_wait(coil_thread_future *f, double seconds);

/* Gives the status and, on success, the value of a settled future (ret_value may be NULL); -COIL_EINVALIDSTATE while it is pending.
 * From: any thread. Suspends: no. Cancel: not applicable. */
int coil_thread_future_result(coil_thread_future *f, void **ret_value);

/* Cancels f, and the task behind it if there is one. Returns 1, also when it is cancelled already; 0 when it is settled otherwise.
 * From: any thread. Suspends: no. Cancel: not applicable. */
int coil_thread_future_cancel(coil_thread_future *f);

/* Tells whether f is settled: 1 or 0. From: any thread. Suspends: no. Cancel: not applicable. */
int coil_thread_future_done(coil_thread_future *f);
/* Tells whether f was cancelled: 1 or 0. From: any thread. Suspends: no. Cancel: not applicable. */
int coil_thread_future_cancelled(coil_thread_future *f);

/* A callback for a settled future, called in the thread that settles it. */
typedef void (*coil_thread_future_callback)(coil_thread_future *f, void *arg);
/* Has fn(f, arg) called once f is settled, at once when it is. Returns 0, -EINVAL, -ENOMEM.
 * From: any thread. Suspends: no. Cancel: not applicable. */
int coil_thread_future_add_done_callback(coil_thread_future *f, coil_thread_future_callback fn,
                                         void *arg);

/* Gives the caller's handle back; what runs behind it goes on. NULL is fine.
 * From: any thread. Suspends: no. Cancel: not applicable. */
void coil_thread_future_free(coil_thread_future *f);

/* Gives a future of the running loop that mirrors f: its result, error and cancellation; cancelling the
 * mirror cancels f. f may be freed at once. Returns it (the caller owns it), or NULL without a loop or memory.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
COIL__NODISCARD coil_future *coil_wrap_future(coil_thread_future *f);

#ifdef __cplusplus
}
#endif
#endif

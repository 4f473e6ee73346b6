/* coil/loop.h: the event loop: callbacks, time, and running it.
 *
 * A loop belongs to the thread that runs it; many threads can each run one. One turn of the loop runs
 * only what was ready when the turn began, in one FIFO: what was queued before, then I/O, then timers that
 * are due. Most programs never see a loop: coil_run (coil/run.h) makes and closes one.
 *
 * Where a contract says `loop thread` and a loop is given, any other thread gets -COIL_EWRONGTHREAD, or NULL, or (where
 * nothing is returned) no effect. The loop thread of a loop is the one that made it.
 *
 * A loop that was closed may still be named: calls on it give -COIL_ELOOPCLOSED, or NULL, or do nothing, until 255 others were
 * made after it.
 *
 * Handles of callbacks are opaque and checked, as tasks are: one whose callback has run or was cancelled is stale,
 * unless coil_handle_ref keeps it.
 */
#ifndef COIL_LOOP_H
#define COIL_LOOP_H

#include "coil/call.h"
#include "coil/errors.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct coil_loop coil_loop;
typedef struct coil_handle coil_handle;
typedef struct coil_future coil_future;

/* No time limit, for calls that take one in seconds. */
#define COIL_FOREVER (__builtin_inf())

/* ---------------------------------------------------------------- time and callbacks ---- */

/* Gives the running loop's clock in seconds (monotonic, or virtual), as loop.time(); without a loop the monotonic clock.
 * From: any thread. Suspends: no. Cancel: not applicable. */
double coil_time(void);

/* A callback. 0 or more is success; a negative code goes to the exception handler and the loop goes on. */
typedef int (*coil_callback)(void *arg);

/* Has fn(arg) called in the next turn of the loop, in order of the calls. Returns a handle, borrowed, or NULL without a running
 * loop or memory, and for a closed loop. From: loop thread. Suspends: no. Cancel: not applicable. */
coil_handle *coil_call_soon(coil_callback fn, void *arg);

/* Has fn(arg) called after `seconds` (0 or less: as soon as timers are looked at), never earlier. Callbacks with equal
 * deadlines run in order of the calls; of deadlines that lie closer together than 50 microseconds the first may be told with the last. Returns a handle, or NULL as coil_call_soon, and for NaN.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
coil_handle *coil_call_later(double seconds, coil_callback fn, void *arg);

/* Has fn(arg) called when coil_time() reaches `when` seconds. Returns as coil_call_later.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
coil_handle *coil_call_at(double when, coil_callback fn, void *arg);

/* The three for a loop that may not be running yet, from the thread that owns it.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
coil_handle *coil_loop_call_soon(coil_loop *loop, coil_callback fn, void *arg);
/* From: loop thread. Suspends: no. Cancel: not applicable. */
coil_handle *coil_loop_call_later(coil_loop *loop, double seconds, coil_callback fn, void *arg);
/* From: loop thread. Suspends: no. Cancel: not applicable. */
coil_handle *coil_loop_call_at(coil_loop *loop, double when, coil_callback fn, void *arg);

/* Has fn(arg) called by `loop` from whatever thread this is, and wakes the loop; calls of one thread keep
 * their order. Returns 0, -COIL_ELOOPCLOSED, -EINVAL for NULL, -ENOMEM.
 * From: any thread. Suspends: no. Cancel: not applicable. */
int coil_call_soon_threadsafe(coil_loop *loop, coil_callback fn, void *arg);

/* Makes sure that the callback does not run (any more). Idempotent.
 * Returns 0, -COIL_ESTALE when it has run or was cancelled and given back already, -EINVAL for NULL.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_handle_cancel(coil_handle *h);

/* Tells whether the handle was cancelled: 1, 0, or -COIL_ESTALE.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_handle_cancelled(coil_handle *h);

/* Gives a timer's deadline on the loop's clock, in seconds; NaN for a stale handle or one without a deadline.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
double coil_handle_when(coil_handle *h);

/* Keeps a handle readable after its callback ran, until coil_handle_unref. Returns h, or NULL for a stale one.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
coil_handle *coil_handle_ref(coil_handle *h);
/* Gives back a handle kept by coil_handle_ref; does not cancel it.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
void coil_handle_unref(coil_handle *h);

/* ---------------------------------------------------------------- making and running ---- */

enum { COIL_GUARD_AUTO, COIL_GUARD_PAGES, COIL_GUARD_CANARY };

/* How to make a loop. Zero everywhere is the default. Environment variables override what is left at zero. COIL_WITHOUT lists what
 * the kernel is to be taken as lacking, for tests of how Coil does without: defer_taskrun, ext_arg, statx, files, pwait2 ...
 * (src/engine/caps.c names them all). */
typedef struct coil_loop_options {
    const char
        *backend; /* "uring", "epoll"; NULL: what the kernel has; "sim": see seed. COIL_BACKEND */
    unsigned
        ring_entries; /* io_uring's submission entries; 0: 256. COIL_URING_ENTRIES            */
    size_t
        stack_size; /* bytes of address space per task, 64 KiB..8 MiB; 0: 256 KiB. COIL_STACK_SIZE */
    int stack_guard;   /* COIL_GUARD_*. COIL_STACK_GUARD=auto|pages|canary                     */
    int virtual_clock; /* 1: time jumps to the next deadline instead of passing. COIL_CLOCK=virtual */
    int debug;         /* 1: debug mode. COIL_DEBUG=1                                          */
    unsigned long long
        seed; /* for tests: the backend "sim" is epoll, and cuts reads and writes short, holds completions
                 back and changes their order as this number says. COIL_SEED                   */
    double
        spin; /* seconds that it watches at most before it sleeps, while that pays: see coil_loop_set_spin; up to 1;
                 0: none; below 0: none, whatever COIL_SPIN (in microseconds) says              */
    double
        sleep_stacks; /* seconds that a task has waited before its stack is put to sleep; COIL_AT_ONCE: none;
                         0: never; below 0: never, whatever COIL_SLEEP_STACKS says. See below        */
    int (*factory)(
        void *arg,
        coil_loop *
            *ret_loop); /* for runners and coil_run: makes the loop, in place of all but debug */
    void *factory_arg;
} coil_loop_options;

/* Stacks that sleep (coil_loop_options.sleep_stacks). The few hundred bytes that live on the stack of a task that waits are kept
 * elsewhere, and its page is given back; before the task goes on they are where they were. So a task that waits takes a quarter of
 * the memory. It needs Linux 6.13 and x86-64 or aarch64; elsewhere, and under ASan, TSan and Valgrind, stacks stay awake. Only stacks of
 * tasks sleep that wait in coil_sleep, for a future that the program sets, an event, a lock, a condition, a semaphore, a queue, or in
 * a read of a stream.
 *
 * Other tasks and callbacks of the loop may use what lies on such a stack as ever: it wakes when it is touched. What Coil itself
 * gives to the kernel is looked after, too. Three things are not possible any more, and by setting this option you promise not to do them:
 *   - to use, in another thread or a signal handler, a local variable of a task while that task waits in one of those calls;
 *   - to call the system (read, write, execve ...) yourself with an address on the stack of another task that does: EFAULT;
 *   - to install a handler for SIGSEGV after the first loop was made: a touch ends there. While there is one, no more stacks go to sleep.
 * COIL_SLEEP_STACKS=check puts stacks to sleep at once, and a touch by another thread ends the program with a report that names the task. */
#define COIL_AT_ONCE 1e-10

/* Gives the number of tasks whose stacks sleep; 0 where none can. Returns -EINVAL, -COIL_ELOOPCLOSED, -COIL_EWRONGTHREAD.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
long coil_loop_stacks_asleep(coil_loop *loop);

/* Makes a loop, owned by this thread. options may be NULL. Returns 0 and *ret_loop, -EINVAL for a bad option (the
 * message names it), or the error of the backend.
 * From: any thread. Suspends: no. Cancel: not applicable. */
COIL__NODISCARD int coil_loop_new(const coil_loop_options *options, coil_loop **ret_loop);

/* Runs until coil_loop_stop. After a stop the turn that it fell into is finished. Returns 0, -COIL_ELOOPRUNNING,
 * -COIL_ELOOPCLOSED, -COIL_EWRONGTHREAD.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_loop_run_forever(coil_loop *loop);

/* Runs until the call has ended and returns its status; its outputs land.
 * Errors as coil_loop_run_forever; -COIL_EINVALIDSTATE when the loop was stopped first.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
#define coil_loop_run_until_complete(loop, call) \
    coil__public_run_until_complete((loop), COIL__C(call), __FILE__, __LINE__)
COIL__NODISCARD int coil__public_run_until_complete(coil_loop *loop, coil_call call,
                                                    const char *file, int line);

/* Makes the loop stop at the end of this turn (of the first turn, when it does not run yet).
 * From: loop thread. Suspends: no. Cancel: not applicable. */
void coil_loop_stop(coil_loop *loop);

/* Closes a loop that is not running: cancels nothing, runs nothing more, frees everything. Tasks that had
 * not ended are destroyed without being resumed. Run coil_loop_shutdown before for a graceful end.
 * Returns 0, also when it is closed already; -COIL_ELOOPRUNNING, -COIL_EWRONGTHREAD, -EINVAL for NULL.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_loop_close(coil_loop *loop);

/* Tells whether the loop was closed: 1 or 0; 1 for NULL. From: any thread. Suspends: no. Cancel: not applicable. */
int coil_loop_is_closed(coil_loop *loop);

/* What coil_run does between main's end and the close: cancels all tasks, waits for them, closes async generators, waits
 * for the default thread pool. Returns 0 or the error that kept the loop from running.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_loop_shutdown(coil_loop *loop);

/* Gives the loop that this thread is running now, or NULL.
 * From: any thread. Suspends: no. Cancel: not applicable. */
coil_loop *coil_loop_running(void);

/* Tells whether the loop is running: 1 or 0.
 * From: any thread. Suspends: no. Cancel: not applicable. */
int coil_loop_is_running(coil_loop *loop);

/* Gives the name of the loop's backend: "uring" or "epoll"; "" for a closed loop.
 * From: any thread. Suspends: no. Cancel: not applicable. */
const char *coil_loop_backend(coil_loop *loop);

/* ---------------------------------------------------------------- errors that nobody awaits ---- */

/* What happened, for an exception handler. All pointers are valid during the call only; task, future and handle may be NULL. */
typedef struct coil_exception_context {
    const char *message; /* "Task exception was never retrieved", "Exception in callback", ... */
    int error;           /* negative, or 0 when there is none */
    const char *error_message;
    coil_task *task;
    coil_future *future;
    coil_handle *handle;
    const char *name; /* of the task, and what it runs; or NULL */
    const char *file; /* where the task was created; or NULL    */
    int line;
} coil_exception_context;
/* Returns 0; a negative code says that the handler itself failed: the default handler is told of it. */
typedef int (*coil_exception_handler)(coil_loop *loop, const coil_exception_context *context,
                                      void *arg);

/* Sets who is told of errors that nobody awaits; NULL: the default handler, which writes one line to stderr.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
void coil_loop_set_exception_handler(coil_loop *loop, coil_exception_handler fn, void *arg);

/* Tells the loop's exception handler of something.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
void coil_loop_call_exception_handler(coil_loop *loop, const coil_exception_context *context);

/* The default handler: one line to the log, with the task, and in debug mode where it was created.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
void coil_loop_default_exception_handler(coil_loop *loop, const coil_exception_context *context);

enum { COIL_LOG_WARNING = 1, COIL_LOG_ERROR = 2 };

/* A line for the log, without a newline; valid during the call only. */
typedef void (*coil_log_handler)(coil_loop *loop, int level, const char *line, void *arg);

/* Sets who gets the lines of the default exception handler (COIL_LOG_ERROR) and of debug mode (COIL_LOG_WARNING); NULL: stderr.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
void coil_loop_set_log_handler(coil_loop *loop, coil_log_handler fn, void *arg);

/* Switches debug mode. On, it logs each callback and each step of a task that takes longer than the slow callback duration, reports say
 * which task it was and where it was created, and stored calls that nobody used are logged when the loop closes.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
void coil_loop_set_debug(coil_loop *loop, int on);
/* Tells whether debug mode is on: 1 or 0. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_loop_get_debug(coil_loop *loop);

/* Sets how many seconds a step may take before debug mode logs it (0.1 at first); NaN changes nothing.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
void coil_loop_set_slow_callback_duration(coil_loop *loop, double seconds);
/* Gives it, in seconds; NaN for NULL or from another thread. From: loop thread. Suspends: no. Cancel: not applicable. */
double coil_loop_slow_callback_duration(coil_loop *loop);

/* ---------------------------------------------------------------- watching before sleeping ---- */

/* Sets for how many seconds at most (up to 1; 0 for none) the loop watches for what it waits for before it sleeps, and with it
 * the threads of pools that it gives jobs to (coil_to_thread). Waking a CPU that sleeps takes tens of microseconds; where answers come within the limit, say 50e-6,
 * a round trip costs a fraction. The price is CPU time, so it watches only while most of the last waits were shorter than that.
 * Returns 0, -EINVAL, -COIL_EWRONGTHREAD. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_loop_set_spin(coil_loop *loop, double seconds);
/* Gives the seconds of CPU time that its watching has cost so far; NaN for NULL or from another thread.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
double coil_loop_spin_time(coil_loop *loop);

/* ---------------------------------------------------------------- living in another loop ---- */

/* Gives an fd that is readable when coil_loop_run_once has I/O to do: for GLib's, SDL's or Qt's loop. Owned by the loop.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_loop_fd(coil_loop *loop);

/* Gives the seconds until coil_loop_run_once has work without I/O: 0 when something is ready, COIL_FOREVER when nothing is.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
double coil_loop_next_deadline(coil_loop *loop);

/* Runs one turn, waiting at most `seconds` (0: not at all; COIL_FOREVER) for something to do. Returns the number of
 * callbacks and task steps that ran, or an error as coil_loop_run_forever; -EINVAL for NaN.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_loop_run_once(coil_loop *loop, double seconds);

/* After fork(), in the child, makes this thread free of the parent's loop, which must not be used any more; its memory
 * is given up. A child that goes on to use Coil must call it; one that execs need not.
 * From: any thread. Suspends: no. Cancel: not applicable. */
void coil_after_fork(void);

#ifdef __cplusplus
}
#endif
#endif

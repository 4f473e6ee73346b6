/* coil/loops.h: several loops at once, each in a thread of its own.
 *
 * A loop uses one CPU. coil_run_threads runs a call in n of them; servers with reuse_port share a port, one in each; what
 * one loop has, another gets by coil_to_loop (a call) and coil_stream_move (a connection). Tasks never move: a coroutine
 * lives and ends in the loop where it began. Handles (tasks, streams, futures ...) belong to their loop: in another thread they give
 * -COIL_EWRONGTHREAD. What any thread may use ends in `_threadsafe` or says so.
 *
 *     COIL_ASYNC(serve, (int, port)) { ... coil_start_server(..., &(coil_server_options){.reuse_port = 1}, ...) ... }
 *     COIL_MAIN_THREADS(0, serve(8080))
 *
 * The threads of one coil_run_threads are a task group: when one call fails the others are cancelled, all are waited for, and the
 * first error in time is the outcome.
 */
#ifndef COIL_LOOPS_H
#define COIL_LOOPS_H

#include "coil/run.h"
#include "coil/server.h"
#include "coil/streams.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- n threads, n loops ---- */

/* Runs a call n times at once, each in a loop of its own: one in this thread, the others in threads that are started for it. n:
 * 1..255; 0: one for each CPU that this process may use. The calls begin when all loops exist; the loops live until all calls
 * have ended, then what is left over in each is cancelled and awaited, as coil_run does. One that fails has the others cancelled;
 * one that ends well, or is cancelled alone, leaves them to go on. SIGINT, where coil_run takes it, cancels all. Outputs of
 * those that succeed land, in order of the threads: of one variable the last one's stays (coil_run_threads_n has one for each).
 * Returns 0, or the code of the first error in time (coil_error_causes gives all); -EINTR after a SIGINT; -EINVAL for n;
 * -COIL_ELOOPRUNNING; the error of a thread or a loop that could not be made: then no call has begun.
 * From: any thread. Suspends: no. Cancel: not applicable. */
#define coil_run_threads(n, call) \
    coil__public_run_threads((n), COIL__C(call), NULL, __FILE__, __LINE__)

/* The same with options for each of the loops (may be NULL); a factory is called in each thread.
 * From: any thread. Suspends: no. Cancel: not applicable. */
#define coil_run_threads_with(n, call, options) \
    coil__public_run_threads((n), COIL__C(call), (options), __FILE__, __LINE__)
COIL__NODISCARD int coil__public_run_threads(int n, coil_call call,
                                             const coil_loop_options *options, const char *file,
                                             int line);

/* Runs n different calls in the same way, calls[0] in this thread. options may be NULL; ret_statuses: NULL, or room for n statuses,
 * written when all have ended. Returns as coil_run_threads; -EINVAL for n < 1.
 * From: any thread. Suspends: no. Cancel: not applicable. */
COIL__NODISCARD int coil_run_threads_n(const coil_call *calls, int n,
                                       const coil_loop_options *options, int *ret_statuses);

/* Defines main() as COIL_MAIN does, which runs the call in n threads.
 * From: any thread. Suspends: no. Cancel: not applicable. */
#define COIL_MAIN_THREADS(n, call)                                  \
    int main(int argc, char **argv)                                 \
    {                                                               \
        (void)argc;                                                 \
        (void)argv;                                                 \
        return coil__public_main_status(coil_run_threads(n, call)); \
    }

/* Cancels all calls of this coil_run_threads, as SIGINT does: it returns -ECANCELED, unless one of them fails otherwise. Returns 0;
 * -COIL_EINVALIDSTATE in any other thread, and once all have ended; -ENOMEM.
 * From: any thread. Suspends: no. Cancel: not applicable. */
int coil_cancel_threads(void);

/* Gives this thread's number in its coil_run_threads, 0..n-1; -1 in any other thread.
 * From: any thread. Suspends: no. Cancel: not applicable. */
int coil_thread_index(void);
/* Gives how many threads there are in this coil_run_threads; 0 in any other thread.
 * From: any thread. Suspends: no. Cancel: not applicable. */
int coil_thread_count(void);
/* Gives the loop of thread `index` of this coil_run_threads; NULL when there is none. It lives until all calls have ended.
 * From: any thread. Suspends: no. Cancel: not applicable. */
coil_loop *coil_thread_loop(int index);

/* ---------------------------------------------------------------- a call in another loop ---- */

/* Runs a call as a task of another thread's loop and waits for it here, as coil_await waits for a task: outputs land, an
 * error's message comes along, context variables go along. In the running loop itself the call runs in this task. To start one
 * without waiting: coil_run_coroutine_threadsafe. A loop that doesn't run (yet) makes the caller wait, and its cancellation too. Closing the
 * caller's loop without coil_loop_shutdown waits for the call's end.
 * Returns what the call returns; -COIL_ELOOPCLOSED when the loop is closed, or closes meanwhile; -COIL_EWRONGTHREAD for another
 * loop of this very thread, which can't run meanwhile; -EINVAL for NULL, -ENOMEM, -COIL_ESTACKS.
 * From: coroutine. Suspends: yes. Cancel: is passed on to the task there; returns when that has ended. */
#define coil_to_loop(loop, call) coil__public_to_loop((loop), COIL__C(call))
COIL__NODISCARD int coil__public_to_loop(coil_loop *loop, coil_call call);
COIL__NODISCARD coil_call coil__async_coil__public_to_loop(coil_loop *loop, coil_call call);

/* Starts a call as a task of another loop (or of this one), which nobody will join: coil_spawn from anywhere. Its error goes to
 * that loop's exception handler, its outputs go nowhere. What its arguments point to must be valid until it has ended. Returns 0; -COIL_ELOOPCLOSED,
 * -COIL_ECALLUSED, -EINVAL for NULL, -ENOMEM. From: any thread. Suspends: no. Cancel: not applicable. */
#define coil_spawn_threadsafe(loop, call) \
    coil__public_spawn_threadsafe((loop), COIL__C(call), __FILE__, __LINE__)
int coil__public_spawn_threadsafe(coil_loop *loop, coil_call call, const char *file, int line);

/* ---------------------------------------------------------------- a connection in another loop ---- */

/* Moves a connection to another loop (or to this one), where handler(stream, arg) serves it in a task of its own, as a server's
 * handler does: the stream is closed when it returns, its errors are reported there. Everything that was received and not read
 * goes along; what is buffered for writing is sent before. The handle is taken back.
 * Returns 0 when it is on its way; errors as coil_stream_pack: the stream is as it was; -COIL_ELOOPCLOSED, -ENOMEM. A loop that
 * closes before the handler has begun closes the connection.
 * From: coroutine. Suspends: yes, while something is buffered for writing. Cancel: the stream is as it was. */
COIL_DECLARE(coil_stream_move, (coil_stream *, stream), (coil_loop *, loop),
             (coil_client_handler, handler), (void *, arg));

/* A connection without a loop, that any thread may carry. Unpacked or freed once. */
typedef struct coil_packed_stream coil_packed_stream;

/* Takes a connection out of its loop: the two halves of coil_stream_move, for those who carry it themselves. A server counts it as
 * closed. Returns 0 and *ret_packed, and the handle is taken back. -COIL_ECONCURRENT while another task is in a call of the stream,
 * -COIL_EINVALIDSTATE when it is closing, -EOPNOTSUPP for what is not a plain socket (TLS, pipes), the error that keeps its buffer
 * from going out, -EMFILE, -ENOMEM: the stream is as it was.
 * From: coroutine. Suspends: yes, while something is buffered for writing. Cancel: the stream is as it was. */
COIL_DECLARE(coil_stream_pack, (coil_stream *, stream), (coil_packed_stream *, ret_packed, out));
/* Puts it into the running loop. Returns 0 and *ret_stream, and takes the packed stream over; -COIL_ENOLOOP, -EINVAL for NULL, -ENOMEM.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_stream_unpack(coil_packed_stream *packed, coil_stream **ret_stream);
/* Closes the connection instead. NULL is fine. From: any thread. Suspends: no. Cancel: not applicable. */
void coil_packed_stream_free(coil_packed_stream *packed);

#ifdef __cplusplus
}
#endif
#endif

/* coil/generator.h: generators: functions that give their results one by one, and run only in between.
 *
 * A generator's body is an async function that calls coil_generator_yield. It gets a stack of its own and runs inside the calls
 * of whoever asks for the next item, in the caller's task:
 *
 *     COIL_ASYNC(countdown, (int, n))
 *     {
 *         for (int err = 0; n > 0; n--)
 *             if ((err = coil_generator_yield(&n, NULL)) < 0)
 *                 return err;                     (clean up, and pass the error on)
 *         return 0;
 *     }
 *
 *     COIL_GENERATOR(g, countdown(3), sizeof(int));      (closed and freed at the end of the block)
 *     COIL_ASYNC_FOR(err, coil_generator_next(g, &v))
 *         printf("%d\n", v);
 *     return err;
 *
 * Items are copied out by value; their size is given when the generator is made (0: it yields nothing but turns). What is sent in is a
 * pointer, which the body may use until its next yield. Outputs of the body, `(T, name, out)`, land when
 * its end is told by next, send, throw or close.
 *
 * A body that awaits makes the generator an async one: what it awaits suspends the task that asked, and a cancellation of that task
 * arrives there. A body that does not await needs no loop: make and drive it anywhere.
 *
 * Life. A generator belongs to its thread. The first loop in which it is made or started is its loop for good: that loop's shutdown (coil_run,
 * coil_loop_shutdown) closes it when it has not ended, so that its cleanup may still await, and the loop's close frees what
 * was made while it ran. Handles are checked: stale use is -COIL_ESTALE, never a crash. A failed
 * coil_generator_new gives NULL, and the first use of that NULL tells why.
 *
 * Scopes. COIL_TIMEOUT and COIL_TASK_GROUP around a yield cancel whoever asked first, as in Python, not who asks next: think twice. Inside of a
 * coil_context_run there is no generator to yield from.
 *
 * Unless a contract says otherwise a call that takes a generator returns -COIL_ESTALE for a stale handle, -COIL_EWRONGTHREAD for one of another
 * thread, -EINVAL for NULL, -COIL_EINVALIDSTATE while its body runs or awaits ("generator already executing"), or in
 * a task of a loop that is not its own.
 */
#ifndef COIL_GENERATOR_H
#define COIL_GENERATOR_H

#include <stddef.h>

#include "coil/call.h"
#include "coil/errors.h"
#include "coil/loop.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct coil_generator coil_generator;

/* Makes a generator of a call; no line of its body runs yet. item_size: bytes of each item.
 * Returns it, or NULL (out of memory, a call object that was used); the first use of that NULL gives the error.
 * From: any thread. Suspends: no. Cancel: not applicable. */
#define coil_generator_new(call, item_size) \
    coil__public_generator_new(COIL__REF(call), (item_size), __FILE__, __LINE__)

/* Declares g, a coil_generator * for the rest of the block, which frees it however it is left: contextlib.aclosing.
 * From: any thread. Suspends: yes, at the block's end, when the body's cleanup does. Cancel: as coil_generator_free. */
#define COIL_GENERATOR(g, call, item_size)                                             \
    coil_generator *g __attribute__((cleanup(coil__public_generator_leave), unused)) = \
        coil_generator_new(call, item_size)

/* Runs the statement that follows for each item. next: a call that fetches one, as coil_generator_next(g, &v) or one of your own, and
 * returns -COIL_ESTOPITERATION after the last. err: an int variable, the status of the last fetch: 0 or more in the
 * body and after a break; after the last item 0; an error ends the loop and stays in err. break, continue and
 * return are the ordinary ones, and leave the generator as it is.
 * From: any thread, as next. Suspends: yes, when next does. Cancel: as next. */
#define COIL_ASYNC_FOR(err, next) while (((err) = (next)) >= 0 || coil__iteration_over(&(err)))
COIL__INLINE int coil__iteration_over(int *err)
{
    if (*err == -COIL_ESTOPITERATION)
        *err = 0;
    return 0;
}

/* Runs the body until it yields: Python's next(g) and anext(g). ret_item: room for an item, valid until it returns; NULL: not wanted.
 * Returns 1 and the item, 0 when the body yielded NULL (*ret_item is untouched), -COIL_ESTOPITERATION when the body
 * has ended, now or earlier, or the body's own error, which ends it. -COIL_ESTACKS or -ENOMEM when the first step finds no stack.
 * From: any thread. Suspends: yes, when the body awaits. Cancel: arrives in what the body awaits. */
COIL_DECLARE(coil_generator_next, (coil_generator *, g), (void *, ret_item));

/* Makes the yield at which the body waits return `value` (NULL is what next sends), and runs on as next does.
 * value: used by the body until its next yield. Returns as next does, and -EINVAL for a value before the first next.
 * From: any thread. Suspends: yes, when the body awaits. Cancel: arrives in what the body awaits. */
COIL_DECLARE(coil_generator_send, (coil_generator *, g), (const void *, value), (void *, ret_item));

/* Makes the yield at which the body waits fail with err, and runs on as next does. err: negative, as coil_fail returns it; its message goes
 * along. A generator that was not started ends without running a line, one that has ended stays so: both return err.
 * Returns as next does, and -EINVAL when err is not negative.
 * From: any thread. Suspends: yes, when the body awaits. Cancel: arrives in what the body awaits. */
COIL_DECLARE(coil_generator_throw, (coil_generator *, g), (int, err), (void *, ret_item));

/* Ends the body: its yield fails with -COIL_EGENERATOREXIT, and it is expected to clean up and return. One that was not started just ends; one
 * that has ended stays so. Returns 0, what the body returned when that is 0 or more, its error when it is another one, or
 * -COIL_EINVALIDSTATE when it yields again ("generator ignored GeneratorExit"); it has not ended then.
 * From: any thread. Suspends: yes, when the body awaits. Cancel: arrives in what the body awaits. */
COIL_DECLARE(coil_generator_close, (coil_generator *, g));

/* Closes the generator and frees it; outputs do not land. An error of the closing goes to the running loop's exception handler, if there is one.
 * NULL and a stale handle are fine. A body that runs or awaits just now is left to it: the handle goes at once, the rest when
 * the body comes to its next yield or end. Not for another thread's generators: that does nothing.
 * From: any thread. Suspends: yes, when the body's cleanup awaits. Cancel: arrives in what the body awaits. */
void coil_generator_free(coil_generator *g);

/* Gives what the body returned: StopIteration.value. Returns that status, negative for an error; -COIL_EINVALIDSTATE while it has not ended.
 * From: any thread. Suspends: no. Cancel: not applicable. */
int coil_generator_status(const coil_generator *g);

/* Tells where the generator is: inspect.getgeneratorstate. Returns one of COIL_GENERATOR_*.
 * From: any thread. Suspends: no. Cancel: not applicable. */
int coil_generator_state(const coil_generator *g);
enum {
    COIL_GENERATOR_CREATED,   /* not started                */
    COIL_GENERATOR_RUNNING,   /* its body runs, or awaits   */
    COIL_GENERATOR_SUSPENDED, /* at a yield                 */
    COIL_GENERATOR_CLOSED     /* its body has ended         */
};

/* ---------------------------------------------------------------- inside a body ---- */

/* Gives an item to whoever asked and waits for the next request; at any depth of calls below the body. item: item_size bytes, copied; NULL is Python's None.
 * ret_sent: what the request sends in, NULL for a next; may be NULL. Returns 0, the error that was thrown in, -COIL_EGENERATOREXIT when
 * the generator is being closed: clean up (which may await) and return. -COIL_EINVALIDSTATE outside of a generator.
 * From: any thread, in a generator's body. Suspends: no (the body waits, its caller goes on). Cancel: not applicable. */
int coil_generator_yield(const void *item, const void **ret_sent);

/* Yields all that `inner` yields, and passes on what is sent, thrown, and the close: Python's `yield from`. inner: of the same item size;
 * stays the caller's to free. Returns inner's status when it ends, its error, or the error that was thrown in;
 * -EINVAL when the item sizes differ.
 * From: any thread, in a generator's body. Suspends: yes, when inner's body awaits. Cancel: arrives in what inner awaits. */
COIL__NODISCARD int coil_generator_yield_from(coil_generator *inner);

/* ---------------------------------------------------------------- the end of a loop ---- */

/* Closes all generators that were started in the running loop and have not ended, together: loop.shutdown_asyncgens(). Errors go to the exception
 * handler. coil_run and coil_loop_shutdown do it. Returns 0, -COIL_ENOLOOP, -COIL_ENOTASK, -ENOMEM, -ECANCELED.
 * From: coroutine. Suspends: yes, while there are any. Cancel: -ECANCELED; the closing of each goes on. */
COIL_DECLARE(coil_loop_shutdown_asyncgens);

coil_generator *coil__public_generator_new(const coil_call *call, size_t item_size,
                                           const char *file, int line);
void coil__public_generator_leave(coil_generator **g);

#ifdef __cplusplus
}
#endif
#endif

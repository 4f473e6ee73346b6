/* coil/coroutine.h: driving a coroutine by hand: coro.send(None), and everything that a task does around it.
 *
 * Layer: a coroutine by hand is a generator (coil/generator.h) whose awaits come out too. It is driven by the same calls: send runs its
 * body until it suspends, throw makes what it is suspended in fail, close ends it, free gives it back; its outputs land at its end.
 *
 *     COIL_ASYNC(add, (int, a), (int, b), (int, ret, out))
 *     {
 *         int err = coil_yield_now();
 *         *ret = a + b;
 *         return err;
 *     }
 *
 *     coil_generator *c = coil_coroutine_new(add(1, 2, &sum), 0);
 *     err = coil_generator_send(c, NULL, NULL);       0: it is suspended
 *     err = coil_generator_send(c, NULL, NULL);       -COIL_ESTOPITERATION: it has ended, and sum is 3
 *     coil_generator_free(c);
 *
 * What send tells. 1: the body has called coil_generator_yield, and here is its item, which the next send answers; this is what an
 * awaitable of one's own is made of. 0: it is suspended in coil_yield_now, or awaits something. While that has not happened the next send
 * is refused with -COIL_EINVALIDSTATE, and the body hears nothing of it; coil_coroutine_wait waits for it, throw and close
 * break it off. After the end send and throw give -COIL_ECALLUSED ("cannot reuse already awaited coroutine").
 *
 * No loop is needed for a body that awaits nothing but coil_yield_now, its own yields, and futures and tasks of a loop of this thread. While a loop
 * runs it may await anything; the first loop in which it is made or stepped is its loop for good. coil_current_task gives the
 * driver's task. A throw or close into an operation of the kernel waits, in the driver's task, until the kernel has let go of it.
 */
#ifndef COIL_COROUTINE_H
#define COIL_COROUTINE_H

#include "coil/future.h"
#include "coil/generator.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Makes a coroutine of a call, to be driven by hand. item_size: bytes of what the body yields, 0 when it yields nothing.
 * Returns it, or NULL (out of memory, a call object that was used); the first use of that NULL gives the error.
 * From: any thread. Suspends: no. Cancel: not applicable. */
#define coil_coroutine_new(call, item_size) \
    coil__public_coroutine_new(COIL__REF(call), (item_size), __FILE__, __LINE__)

/* Declares c, a coroutine of a call for the rest of the block, which frees it however it is left. Its body yields no items.
 * From: any thread. Suspends: yes, at the block's end, when the body's cleanup does. Cancel: as coil_generator_free. */
#define COIL_COROUTINE(c, call)                                                        \
    coil_generator *c __attribute__((cleanup(coil__public_generator_leave), unused)) = \
        coil_coroutine_new(call, 0)
coil_generator *coil__public_coroutine_new(const coil_call *call, size_t item_size,
                                           const char *file, int line);

/* Tells whether it awaits something that has not happened. Returns 1 or 0; errors as coil_generator_next, -EINVAL when it is not
 * driven by hand. From: any thread. Suspends: no. Cancel: not applicable. */
int coil_coroutine_waiting(coil_generator *c);

/* Gives the future that it awaits: what Python's send returns. Borrowed; NULL when it awaits something else or nothing.
 * From: any thread. Suspends: no. Cancel: not applicable. */
coil_future *coil_coroutine_future(coil_generator *c);

/* Waits until what it awaits has happened; after a coil_yield_now, for one turn of the loop. Returns 0, at once when there is nothing to wait
 * for, -COIL_ESTALE when it is freed meanwhile; errors as coil_coroutine_waiting.
 * From: coroutine. Suspends: yes. Cancel: ends the wait; the coroutine hears nothing of it. */
COIL_DECLARE(coil_coroutine_wait, (coil_generator *, c));

/* Awaits it from its beginning to its end: `await coro`. Returns what its body returns, and its outputs land; -COIL_ECALLUSED when it
 * has ended before, -COIL_EINVALIDSTATE when somebody has stepped it ("coroutine is being awaited already"). Its body's
 * yield fails with -COIL_EINVALIDSTATE, for nobody would answer.
 * From: coroutine. Suspends: yes, when the body awaits. Cancel: arrives in what the body awaits. */
COIL_DECLARE(coil_coroutine_await, (coil_generator *, c));

#ifdef __cplusplus
}
#endif
#endif

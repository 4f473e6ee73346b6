/* coil/gather.h: several calls at once: gather, wait, as_completed, wait_for.
 *
 * All of these are calls themselves, so they nest:
 * `coil_wait_for(coil_gather(fetch(1, &a), fetch(2, &b)), 2.0)`.
 */
#ifndef COIL_GATHER_H
#define COIL_GATHER_H

#include "coil/call.h"
#include "coil/future.h"
#include "coil/task.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Runs 1 to 16 calls concurrently and waits for all of them. Outputs of those that succeed land.
 * Returns 0, or the code of the first error in order of completion (coil_error_causes gives all);
 * a call that is `coil_await(t)` or `coil_future_await(f, &p)` joins that task or future itself.
 * From: coroutine. Suspends: yes. Cancel: is passed on to every call; -ECANCELED when all have ended. */
#define coil_gather(...) COIL__GATHER_LIST(coil__public_gather, __VA_ARGS__)

/* Does the same for an array of n call objects (n may be 0). calls: valid until it returns.
 * ret_statuses: NULL, or room for n statuses, in order of the calls, written when all have ended.
 * Returns as coil_gather; -EINVAL for a negative n.
 * From: coroutine. Suspends: yes. Cancel: is passed on to every call; -ECANCELED when all have ended. */
COIL__NODISCARD int coil_gather_n(const coil_call *calls, int n, int *ret_statuses);
COIL_CALLABLE(coil_gather_n, const coil_call *, int, int *);

/* asyncio's gather(return_exceptions=False), as a future: it is settled with 0 when all calls have succeeded and with the
 * first error as soon as there is one, while the others go on. Cancelling it cancels them all.
 * coil_future_await on it lands the outputs on success. Returns the future, yours to unref, or NULL.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
#define coil_gather_future(...) COIL__GATHER_LIST(coil__public_gather_future, __VA_ARGS__)
/* Does the same for an array of n call objects, which are copied.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
coil_future *coil_gather_future_n(const coil_call *calls, int n);

enum { COIL_FIRST_COMPLETED = 1, COIL_FIRST_EXCEPTION, COIL_ALL_COMPLETED };

/* Waits until the first of n tasks has ended, or the first has failed (not: was cancelled), or all have ended; or until the
 * timeout (seconds; COIL_FOREVER). Cancels nothing and takes no handles. Reorders the array: those that have ended come first, in
 * their order, then the rest. Returns 0 (also on time-out) and *ndone; -EINVAL for n < 1, an unknown mode or NaN,
 * -COIL_ESTALE, -ECANCELED.
 * From: coroutine. Suspends: yes (not when the condition holds already is still one turn). Cancel: the tasks go on. */
COIL_DECLARE(coil_wait, (coil_task **, tasks), (int, n), (int, mode), (double, timeout),
             (int, ndone, out));

/* The same for futures. From: coroutine. Suspends: yes. Cancel: the futures are left alone. */
COIL_DECLARE(coil_wait_futures, (coil_future **, futures), (int, n), (int, mode), (double, timeout),
             (int, ndone, out));

/* Runs a call in this task with a time limit in seconds (COIL_FOREVER: none). On time-out the call is
 * cancelled, its cleanup awaited, and -ETIMEDOUT returned, unless it ended otherwise. With 0 or less the call is not
 * started, but a task or future that is done gives its result.
 * Returns what the call returns, -ETIMEDOUT, -EINVAL for NaN.
 * From: coroutine. Suspends: yes, when the call does. Cancel: is passed on to the call. */
#define coil_wait_for(call, seconds) coil__public_wait_for(COIL__C(call), (seconds))
COIL__NODISCARD int coil__public_wait_for(coil_call c, double seconds);
static inline COIL__UNUSED COIL__NODISCARD coil_call
coil__async_coil__public_wait_for(coil_call c, double seconds)
{
    /* of two limits around one call the smaller one decides; NaN is kept, to be refused */
    if (!(c.flags & COIL__CALL_TIMEOUT) || seconds < c.timeout || seconds != seconds)
        c.timeout = seconds;
    c.flags |= COIL__CALL_TIMEOUT;
    return c;
}

/* Tasks in order of completion. The struct is yours; open it, take next until it says that the iteration is over, close it. */
typedef struct coil_as_completed {
    void *coil__state;
} coil_as_completed;

/* Begins: tasks are not owned, nor is the array needed afterwards. timeout: seconds for all of it, COIL_FOREVER for none.
 * Returns 0, -EINVAL, -ENOMEM, -COIL_ESTALE. From: coroutine. Suspends: no. Cancel: not applicable. */
COIL__NODISCARD int coil_as_completed_open(coil_as_completed *it, coil_task *const *tasks, int n,
                                           double timeout);
/* Waits for the next task that has ended. Any number of tasks may do so; each gets another one. Returns 0 and the task,
 * -COIL_ESTOPITERATION after the last, -ETIMEDOUT for each that
 * did not end in time (none is cancelled).
 * From: coroutine. Suspends: yes, unless one is there. Cancel: no task is lost: the next call gives it. */
COIL_DECLARE(coil_as_completed_next, (coil_as_completed *, it), (coil_task *, task, out));
/* Waits for the next task that has ended and joins it, as coil_await does: outputs land, the creator's handle is taken back. As a call
 * object it is what asyncio's plain iteration yields: the nth that is awaited gives the nth outcome.
 * Returns the task's status, -COIL_ESTOPITERATION after the last, -ETIMEDOUT for each that did not end in time.
 * From: coroutine. Suspends: yes, unless one is there. Cancel: no task is lost: the next call gives it. */
COIL_DECLARE(coil_as_completed_await, (coil_as_completed *, it));
/* Ends the iteration and frees its memory. The tasks go on; whoever waits in it gets -COIL_ESTOPITERATION. Idempotent.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
void coil_as_completed_close(coil_as_completed *it);

/* ---------------------------------------------------------------- generated code ---- */

#define COIL__G1(a)                                                                       COIL__E(a)
#define COIL__G2(a, b)                                                                    COIL__E(a), COIL__E(b)
#define COIL__G3(a, ...)                                                                  COIL__E(a), COIL__G2(__VA_ARGS__)
#define COIL__G4(a, ...)                                                                  COIL__E(a), COIL__G3(__VA_ARGS__)
#define COIL__G5(a, ...)                                                                  COIL__E(a), COIL__G4(__VA_ARGS__)
#define COIL__G6(a, ...)                                                                  COIL__E(a), COIL__G5(__VA_ARGS__)
#define COIL__G7(a, ...)                                                                  COIL__E(a), COIL__G6(__VA_ARGS__)
#define COIL__G8(a, ...)                                                                  COIL__E(a), COIL__G7(__VA_ARGS__)
#define COIL__G9(a, ...)                                                                  COIL__E(a), COIL__G8(__VA_ARGS__)
#define COIL__G10(a, ...)                                                                 COIL__E(a), COIL__G9(__VA_ARGS__)
#define COIL__G11(a, ...)                                                                 COIL__E(a), COIL__G10(__VA_ARGS__)
#define COIL__G12(a, ...)                                                                 COIL__E(a), COIL__G11(__VA_ARGS__)
#define COIL__G13(a, ...)                                                                 COIL__E(a), COIL__G12(__VA_ARGS__)
#define COIL__G14(a, ...)                                                                 COIL__E(a), COIL__G13(__VA_ARGS__)
#define COIL__G15(a, ...)                                                                 COIL__E(a), COIL__G14(__VA_ARGS__)
#define COIL__G16(a, ...)                                                                 COIL__E(a), COIL__G15(__VA_ARGS__)
#define COIL__G_TOO_MANY(...)                                                             coil_gather_takes_at_most_16_calls__use_coil_gather_n
#define COIL__GCOUNT_(a, b, c, d, e, f, g, h, i, j, k, l, m, o, p, q, r, s, t, u, n, ...) n
#define COIL__GCOUNT(...)                                                                          \
    COIL__GCOUNT_(__VA_ARGS__, _TOO_MANY, _TOO_MANY, _TOO_MANY, _TOO_MANY, 16, 15, 14, 13, 12, 11, \
                  10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define COIL__GLIST(...) COIL__CAT(COIL__G, COIL__GCOUNT(__VA_ARGS__))(__VA_ARGS__)

coil_call coil__public_gather_call(const coil_call *calls, int n);

#ifdef __cplusplus
} /* extern "C" */
typedef std::initializer_list<coil_call> coil__list;
static inline COIL__UNUSED COIL__NODISCARD int coil__public_gather(coil__list l)
{
    return coil_gather_n(l.begin(), (int)l.size(), NULL);
}
static inline COIL__UNUSED coil_future *coil__public_gather_future(coil__list l)
{
    return coil_gather_future_n(l.begin(), (int)l.size());
}
static inline COIL__UNUSED coil_call coil__async_coil__public_gather(coil__list l)
{
    return coil__public_gather_call(l.begin(), (int)l.size());
}
#define COIL__GATHER_LIST(fn, ...) fn({COIL__GLIST(__VA_ARGS__)})
#else
static inline COIL__UNUSED COIL__NODISCARD int coil__public_gather(const coil_call *c, size_t bytes)
{
    return coil_gather_n(c, (int)(bytes / sizeof *c), NULL);
}
static inline COIL__UNUSED coil_future *coil__public_gather_future(const coil_call *c, size_t bytes)
{
    return coil_gather_future_n(c, (int)(bytes / sizeof *c));
}
static inline COIL__UNUSED coil_call coil__async_coil__public_gather(const coil_call *c,
                                                                     size_t bytes)
{
    return coil__public_gather_call(c, (int)(bytes / sizeof *c));
}
#define COIL__GATHER_LIST(fn, ...) \
    fn((const coil_call[]){COIL__GLIST(__VA_ARGS__)}, COIL__GCOUNT(__VA_ARGS__) * sizeof(coil_call))
#endif

#endif

/* coil/errors.h: what went wrong, as a number, a sentence and a place.
 *
 * An async function returns an int: negative is an error, zero or more is success.
 * Errors are negative errno values, and below -4095 Coil's own, listed once, here.
 * coil_fail() adds a message and the source line to an error; the record travels with
 * the error from task to awaiter, as an exception would.
 *
 * The record belongs to the task (outside of tasks: to the thread) that got the error, and
 * is valid until that task fails again, awaits another error or ends.
 */
#ifndef COIL_ERRORS_H
#define COIL_ERRORS_H

#include <errno.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(name without COIL_E, number, sentence): the one list of Coil's own errors. */
#define COIL_ERROR_LIST(X)                                                                        \
    X(INVALIDSTATE, 4201, "the operation is not allowed in this state")                           \
    X(STALE, 4202, "the handle is stale: its object has been given back")                         \
    X(NOLOOP, 4203, "no event loop is running in this thread")                                    \
    X(NOTASK, 4204, "this call suspends, so it must be made inside a coroutine")                  \
    X(WRONGTHREAD, 4205, "the object belongs to the loop of another thread")                      \
    X(LOOPRUNNING, 4206, "an event loop is already running in this thread")                       \
    X(LOOPCLOSED, 4207, "the event loop is closed")                                               \
    X(SELFAWAIT, 4208, "a task cannot await itself")                                              \
    X(CALLUSED, 4209, "this call object has been used already: it can be awaited once")           \
    X(CONCURRENT, 4210, "another task is already waiting for this in the same direction")         \
    X(QUEUEFULL, 4211, "the queue is full")                                                       \
    X(QUEUEEMPTY, 4212, "the queue is empty")                                                     \
    X(QUEUESHUTDOWN, 4213, "the queue has been shut down")                                        \
    X(INCOMPLETE, 4214, "the stream ended before the requested bytes arrived")                    \
    X(LIMIT, 4215, "the separator was not found within the buffer limit")                         \
    X(BROKENBARRIER, 4216, "the barrier is broken")                                               \
    X(BROKENPOOL, 4217, "the worker process died before it finished the job")                     \
    X(POOLSHUTDOWN, 4218, "the pool has been shut down and takes no new jobs")                    \
    X(GROUPCLOSED, 4219, "the task group is finished or shutting down and takes no tasks")        \
    X(STOPITERATION, 4220, "the iteration is over")                                               \
    X(STACKS, 4221, "no more task stacks: raise vm.max_map_count or use COIL_STACK_GUARD=canary") \
    X(GENERATOREXIT, 4222, "the generator is being closed")                                       \
    X(DNS_NONAME, 4230, "the host name is not known")                                             \
    X(DNS_AGAIN, 4231, "the name server did not answer: try again")                               \
    X(DNS_FAIL, 4232, "the name server failed")                                                   \
    X(DNS_FAMILY, 4233, "the host has no address of this family")                                 \
    X(TLS, 4240, "TLS failed")                                                                    \
    X(TLS_VERIFY, 4241, "the peer's certificate could not be verified")                           \
    X(TLS_TRUNCATED, 4242, "the connection was cut off before TLS's farewell")                    \
    X(HTTP, 4250, "the HTTP transfer failed")                                                     \
    X(HTTP_URL, 4251, "the URL is malformed or its scheme is not supported")                      \
    X(HTTP_TRUNCATED, 4252, "the HTTP body ended before its announced length")                    \
    X(HTTP_REDIRECTS, 4253, "too many HTTP redirects")

enum {
#define COIL__ERROR_NUMBER(name, number, sentence) COIL_E##name = number,
    COIL_ERROR_LIST(COIL__ERROR_NUMBER)
#undef COIL__ERROR_NUMBER
        COIL_ERROR_FIRST = 4096 /* Coil's band begins here, beyond every errno */
};

/* One error as the record that travels with it. Plain data to read; Coil owns it. */
typedef struct coil_error {
    int code;            /* negative                                                    */
    const char *message; /* coil_fail's text, else the sentence of the code; never NULL */
    const char *file;    /* where coil_fail was called; NULL when it was not            */
    int line;
    int n_causes; /* a group's or gather's errors, in order of completion        */
    const struct coil_error *const *causes;
} coil_error;

/* Makes an error with a message and returns its code.
 * code: negative. fmt: printf's. Returns code, so that `return coil_fail(-EINVAL, "no board %d", n);`
 * reads as one thought. Out of memory only the message is lost.
 * From: any thread. Suspends: no. Cancel: not applicable. */
#define coil_fail(code, ...) coil__public_fail((code), __FILE__, __LINE__, __VA_ARGS__)
int coil__public_fail(int code, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Gives the message that came with err to this task, else the sentence for its number.
 * Returns a string, never NULL, valid as the record is.
 * From: any thread. Suspends: no. Cancel: not applicable. */
const char *coil_error_message(int err);

/* Gives the symbolic name of a code: "EINVAL", "ECANCELED", "COIL_ESTALE"; "E?" when unknown.
 * From: any thread. Suspends: no. Cancel: not applicable. */
const char *coil_error_name(int err);

/* Gives the sentence for a code, without any record: strerror's text or Coil's own.
 * From: any thread. Suspends: no. Cancel: not applicable. */
const char *coil_error_sentence(int err);

/* Gives the whole record of err, or NULL when this task's last record is not for err.
 * From: any thread. Suspends: no. Cancel: not applicable. */
const coil_error *coil_error_get(int err);

/* Gives the errors that a gather or a group collected, in order of completion.
 * err: the code it returned. buf: room for n pointers (NULL with n == 0 to count).
 * Returns how many there are (which may exceed n), 0 when err carries none. Each may have causes
 * of its own. From: any thread. Suspends: no. Cancel: not applicable. */
int coil_error_causes(int err, const coil_error **buf, int n);

/* Says that a status is ignored on purpose (calls that suspend are warn_unused_result).
 * From: any thread. Suspends: no. Cancel: not applicable. */
static inline void coil_ignore(int status)
{
    (void)status;
}

#ifdef __cplusplus
}
#endif
#endif

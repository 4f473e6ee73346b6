/* io/lookup.h: a question to the resolver, which may take as long as it likes, asked in a thread while a task waits for the answer.
 *
 * It lives on the heap and belongs to two: the task that waits (until it has the answer or lets go) and the thread that asks. The last of the two
 * frees it; so neither a cancellation nor the end of the loop has to wait for the resolver.
 *
 * Life: coil__lookup_new -> coil__lookup_ask, unless the caller can answer it without blocking -> coil__lookup_end.
 */
#ifndef COIL_IO_LOOKUP_H
#define COIL_IO_LOOKUP_H

#include <netdb.h>

#include "base/crew.h"
#include "task/task.h"

struct coil__lookup {
    struct coil__job job;
    struct coil__mail mail;
    struct coil__list link;    /* in its loop's lookups, from the asking to the end   */
    struct coil__task *waiter; /* NULL: it let go, or was woken                       */
    coil_loop *loop;           /* by the lock; NULL: it has closed                    */
    bool arrived;              /* the mail has come                                   */
    int status;                /* what look_up returned                               */
    struct addrinfo *answer;   /* of getaddrinfo, or NULL: freed with it              */
    /* in the thread, where errno is 0; returns 0 or an error code */
    int (*look_up)(struct coil__lookup *l);
};

/* Makes one of `size` bytes, of which the struct coil__lookup is the first part and the rest is zero; NULL when out of memory. */
void *coil__lookup_new(size_t size, int (*look_up)(struct coil__lookup *l));
/* Asks in a thread and waits. Returns 0, and the lookup is the caller's, to be ended; or an error, and it is gone, or soon will be. */
int coil__lookup_ask(struct coil__lookup *l);
/* Frees it, whether it was asked or not. */
void coil__lookup_end(struct coil__lookup *l);

#endif

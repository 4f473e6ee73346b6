/* coil/queue.h: queues between the tasks of one loop: first in first out, last in first out, or by priority.
 *
 * Items are copied in and out by value; their size is given at init. A bounded queue makes who puts wait, an empty one who gets. The
 * struct is yours; coil_queue_done frees its memory. It belongs to a loop as a lock does (coil/sync.h): -COIL_EWRONGTHREAD from elsewhere, and
 * where no error can be returned no effect. Calls that suspend return -COIL_ENOLOOP or -COIL_ENOTASK outside of a coroutine.
 */
#ifndef COIL_QUEUE_H
#define COIL_QUEUE_H

#include <stddef.h>

#include "coil/sync.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Compares two items as qsort does: negative when a comes before b. */
typedef int (*coil_compare)(const void *a, const void *b);

typedef struct coil_queue {
    coil__waiters coil__getters, coil__putters;
    coil_event coil__finished;
    unsigned char *coil__items; /* a ring, a stack or a heap */
    size_t coil__item_size, coil__n, coil__room, coil__first, coil__max;
    unsigned long long coil__seq;
    coil_compare coil__before;
    long long coil__unfinished;
    int coil__kind, coil__shut;
} coil_queue;

/* Makes an empty queue of items of item_size bytes. maxsize: how many fit, 0 for no bound. Returns 0, -EINVAL for a size of 0.
 * From: any thread. Suspends: no. Cancel: not applicable. */
int coil_queue_init(coil_queue *q, size_t item_size, size_t maxsize);
/* The same, giving the newest item first. From: any thread. Suspends: no. Cancel: not applicable. */
int coil_queue_init_lifo(coil_queue *q, size_t item_size, size_t maxsize);
/* The same, giving the smallest item first, of equals the older. Returns also -EINVAL for no compare.
 * From: any thread. Suspends: no. Cancel: not applicable. */
int coil_queue_init_priority(coil_queue *q, size_t item_size, size_t maxsize, coil_compare compare);
/* Frees its memory; items left in it are dropped. Nobody may be waiting.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
void coil_queue_done(coil_queue *q);

/* Puts a copy of *item in, waiting for room. item: valid until it returns. Returns 0, -COIL_EQUEUESHUTDOWN, -ENOMEM, -ECANCELED.
 * From: coroutine. Suspends: yes, when it is full. Cancel: nothing was put. */
COIL_DECLARE(coil_queue_put, (coil_queue *, q), (const void *, item));
/* Takes the next item out into *ret_item, waiting for one; valid until it returns. Returns 0, -COIL_EQUEUESHUTDOWN, -ECANCELED.
 * From: coroutine. Suspends: yes, when it is empty. Cancel: no item is lost. */
COIL_DECLARE(coil_queue_get, (coil_queue *, q), (void *, ret_item));
/* Puts without waiting. Returns 0, -COIL_EQUEUEFULL, -COIL_EQUEUESHUTDOWN, -ENOMEM.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_queue_put_nowait(coil_queue *q, const void *item);
/* Takes without waiting. Returns 0, -COIL_EQUEUEEMPTY, -COIL_EQUEUESHUTDOWN.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_queue_get_nowait(coil_queue *q, void *ret_item);

/* Says that the work on one item is done. Returns 0, -EINVAL when that was said more often than items were put.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_queue_task_done(coil_queue *q);
/* Waits until the work on every item is done. Returns 0, -ECANCELED.
 * From: coroutine. Suspends: yes, unless it is. Cancel: ends the wait. */
COIL_DECLARE(coil_queue_join, (coil_queue *, q));
/* Ends the queue: no more puts; gets take what is left and then fail. immediate != 0: what is left is dropped and counts as done.
 * Returns 0. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_queue_shutdown(coil_queue *q, int immediate);

/* Gives the number of items. From: loop thread. Suspends: no. Cancel: not applicable. */
size_t coil_queue_size(const coil_queue *q);
/* Tells whether there is none: 1 or 0. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_queue_empty(const coil_queue *q);
/* Tells whether no more fit: 1 or 0. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_queue_full(const coil_queue *q);

#ifdef __cplusplus
}
#endif
#endif

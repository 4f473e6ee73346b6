/* sync/queue.c: who waits for items and for room, after asyncio's queues; the items themselves are kept by store.c.
 *
 * Waking a getter does not reserve an item for it: who comes in between may take it, and the getter waits again.
 */
#include <errno.h>

#include "base/memory.h"
#include "sync/store.h"
#include "sync/waiters.h"

static const struct coil__wait_kind get_kind = {"queue get", coil__park_cancel, NULL, COIL__RESTS};
static const struct coil__wait_kind put_kind = {"queue put", coil__park_cancel, NULL, COIL__RESTS};

static int init(coil_queue *q, size_t item_size, size_t maxsize, int kind, coil_compare compare)
{
    if (item_size == 0 || (kind == COIL__STORE_PRIORITY && !compare))
        return coil_fail(-EINVAL, "coil_queue_init: items of 0 bytes, or no compare");
    *q = (coil_queue){.coil__item_size = item_size,
                      .coil__max = maxsize,
                      .coil__before = compare,
                      .coil__kind = kind};
    coil__waiters_init(&q->coil__getters); /* its owner is the queue's */
    coil__waiters_init(&q->coil__putters);
    coil_event_init(&q->coil__finished);
    q->coil__finished.coil__set = 1;
    return 0;
}

int coil_queue_init(coil_queue *q, size_t item_size, size_t maxsize)
{
    return init(q, item_size, maxsize, COIL__STORE_FIFO, NULL);
}

int coil_queue_init_lifo(coil_queue *q, size_t item_size, size_t maxsize)
{
    return init(q, item_size, maxsize, COIL__STORE_LIFO, NULL);
}

int coil_queue_init_priority(coil_queue *q, size_t item_size, size_t maxsize, coil_compare compare)
{
    return init(q, item_size, maxsize, COIL__STORE_PRIORITY, compare);
}

void coil_queue_done(coil_queue *q)
{
    if (coil__waiters_check(&q->coil__getters) < 0)
        return;
    coil__free(q->coil__items);
    q->coil__items = NULL;
    q->coil__n = q->coil__room = 0;
}

size_t coil_queue_size(const coil_queue *q)
{
    return coil__waiters_check(&q->coil__getters) < 0 ? 0 : q->coil__n;
}

static bool is_full(const coil_queue *q)
{
    return q->coil__max > 0 && q->coil__n >= q->coil__max;
}

int coil_queue_empty(const coil_queue *q)
{
    int err = coil__waiters_check(&q->coil__getters);
    return err < 0 ? err : q->coil__n == 0;
}

int coil_queue_full(const coil_queue *q)
{
    int err = coil__waiters_check(&q->coil__getters);
    return err < 0 ? err : is_full(q);
}

/* Wakes the first who can be woken; all who were looked at leave the queue. */
static void wake_next(const coil__waiters *waiters)
{
    struct coil__list *node;
    while ((node = coil__list_pop(coil__waiters_list(waiters))))
        if (coil__unpark(coil__queue_task(node)))
            return;
}

static int put(coil_queue *q, const void *item)
{
    if (q->coil__shut)
        return -COIL_EQUEUESHUTDOWN;
    if (is_full(q))
        return -COIL_EQUEUEFULL;
    int err = coil__store_put(q, item);
    if (err < 0)
        return err;
    q->coil__unfinished++;
    q->coil__finished.coil__set = 0;
    wake_next(&q->coil__getters);
    return 0;
}

static int get(coil_queue *q, void *ret_item)
{
    if (q->coil__n == 0)
        return q->coil__shut ? -COIL_EQUEUESHUTDOWN : -COIL_EQUEUEEMPTY;
    coil__store_get(q, ret_item);
    wake_next(&q->coil__putters);
    return 0;
}

int coil_queue_put_nowait(coil_queue *q, const void *item)
{
    int err = coil__waiters_claim(&q->coil__getters);
    return err < 0 ? err : put(q, item);
}

int coil_queue_get_nowait(coil_queue *q, void *ret_item)
{
    int err = coil__waiters_claim(&q->coil__getters);
    return err < 0 ? err : get(q, ret_item);
}

#ifdef __clang__
#define ONE_PLACE __attribute__((noinline))
#else
#define ONE_PLACE __attribute__((noinline, noclone)) /* not one for each of its callers */
#endif

/* Waits for room and puts the item, or, where that is NULL, waits for one and takes it. One wait for both, so that the two sides of a
 * queue are suspended at one place: whoever goes on finds the returns that the processor expects. */
static ONE_PLACE int wait_and_move(coil_queue *q, const void *item, void *ret_item)
{
    coil__waiters *waiters = item ? &q->coil__putters : &q->coil__getters;
    const struct coil__wait_kind *kind = item ? &put_kind : &get_kind;
    size_t stuck = item ? q->coil__max : 0; /* with so many in it */
    while (q->coil__n == stuck) {
        if (q->coil__shut)
            return -COIL_EQUEUESHUTDOWN;
        bool granted;
        int err = coil__park(coil__waiters_list(waiters), kind, &granted);
        if (err < 0) {
            /* woken for what we can't use: the next one is */
            if (granted && q->coil__n != stuck)
                wake_next(waiters);
            return err;
        }
    }
    return item ? put(q, item) : get(q, ret_item);
}

int coil_queue_put(coil_queue *q, const void *item)
{
    int err = coil__waiters_enter(&q->coil__getters);
    if (err < 0)
        return err;
    return is_full(q) ? wait_and_move(q, item, NULL) : put(q, item);
}

int coil_queue_get(coil_queue *q, void *ret_item)
{
    int err = coil__waiters_enter(&q->coil__getters);
    if (err < 0)
        return err;
    return q->coil__n == 0 ? wait_and_move(q, NULL, ret_item) : get(q, ret_item);
}

int coil_queue_task_done(coil_queue *q)
{
    int err = coil__waiters_claim(&q->coil__getters);
    if (err < 0)
        return err;
    if (q->coil__unfinished <= 0)
        return coil_fail(-EINVAL, "task_done() called too many times");
    return --q->coil__unfinished == 0 ? coil_event_set(&q->coil__finished) : 0;
}

int coil_queue_join(coil_queue *q)
{
    int err = coil__waiters_enter(&q->coil__getters);
    if (err < 0 || q->coil__unfinished == 0)
        return err;
    return coil_event_wait(&q->coil__finished);
}

int coil_queue_shutdown(coil_queue *q, int immediate)
{
    int err = coil__waiters_claim(&q->coil__getters);
    if (err < 0)
        return err;
    q->coil__shut = 1;
    if (immediate) {
        q->coil__unfinished -= (long long)q->coil__n;
        q->coil__n = q->coil__first = 0;
        if (q->coil__unfinished <= 0) {
            q->coil__unfinished = 0;
            err = coil_event_set(&q->coil__finished);
        }
    }
    while (!coil__list_empty(coil__waiters_list(&q->coil__getters)))
        wake_next(&q->coil__getters);
    while (!coil__list_empty(coil__waiters_list(&q->coil__putters)))
        wake_next(&q->coil__putters);
    return err;
}

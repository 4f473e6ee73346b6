/* sync/queue.c: who waits for items and for room, after asyncio's queues; the items themselves are kept by store.c.
 *
 * Waking a getter does not reserve an item for it: who comes in between may take it, and the getter waits again.
 */
#include <errno.h>

#include "base/memory.h"
#include "sync/store.h"
#include "sync/waiters.h"

static const struct coil__wait_kind get_kind = {"queue get", coil__park_cancel, NULL};
static const struct coil__wait_kind put_kind = {"queue put", coil__park_cancel, NULL};

static int init(coil_queue *q, size_t item_size, size_t maxsize, int kind, coil_compare compare)
{
    if (item_size == 0 || (kind == COIL__STORE_PRIORITY && !compare))
        return coil_fail(-EINVAL, "coil_queue_init: items of 0 bytes, or no compare");
    *q = (coil_queue){.coil__item_size = item_size,
                      .coil__max = maxsize,
                      .coil__before = compare,
                      .coil__kind = kind};
    coil__list_init(coil__waiters_list(&q->coil__getters));
    coil__list_init(coil__waiters_list(&q->coil__putters));
    coil_event_init(&q->coil__finished);
    coil_event_set(&q->coil__finished);
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
    coil__free(q->coil__items);
    q->coil__items = NULL;
    q->coil__n = q->coil__room = 0;
}

size_t coil_queue_size(const coil_queue *q)
{
    return q->coil__n;
}

int coil_queue_empty(const coil_queue *q)
{
    return q->coil__n == 0;
}

int coil_queue_full(const coil_queue *q)
{
    return q->coil__max > 0 && q->coil__n >= q->coil__max;
}

/* Wakes the first who can be woken; all who were looked at leave the queue. */
static void wake_next(const coil__waiters *waiters)
{
    struct coil__list *node;
    while ((node = coil__list_pop(coil__waiters_list(waiters))))
        if (coil__unpark(coil__queue_task(node)))
            return;
}

int coil_queue_put_nowait(coil_queue *q, const void *item)
{
    if (q->coil__shut)
        return -COIL_EQUEUESHUTDOWN;
    if (coil_queue_full(q))
        return -COIL_EQUEUEFULL;
    int err = coil__store_put(q, item);
    if (err < 0)
        return err;
    q->coil__unfinished++;
    coil_event_clear(&q->coil__finished);
    wake_next(&q->coil__getters);
    return 0;
}

int coil_queue_get_nowait(coil_queue *q, void *ret_item)
{
    if (coil_queue_empty(q))
        return q->coil__shut ? -COIL_EQUEUESHUTDOWN : -COIL_EQUEUEEMPTY;
    coil__store_get(q, ret_item);
    wake_next(&q->coil__putters);
    return 0;
}

int coil_queue_put(coil_queue *q, const void *item)
{
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (err < 0)
        return err;
    while (coil_queue_full(q)) {
        if (q->coil__shut)
            return -COIL_EQUEUESHUTDOWN;
        bool granted;
        err = coil__park(coil__waiters_list(&q->coil__putters), &put_kind, &granted);
        if (err < 0) {
            /* woken for room that we can't use: the next one is */
            if (!coil_queue_full(q) && granted)
                wake_next(&q->coil__putters);
            return err;
        }
    }
    return coil_queue_put_nowait(q, item);
}

int coil_queue_get(coil_queue *q, void *ret_item)
{
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (err < 0)
        return err;
    while (coil_queue_empty(q)) {
        if (q->coil__shut)
            return -COIL_EQUEUESHUTDOWN;
        bool granted;
        err = coil__park(coil__waiters_list(&q->coil__getters), &get_kind, &granted);
        if (err < 0) {
            if (!coil_queue_empty(q) && granted)
                wake_next(&q->coil__getters);
            return err;
        }
    }
    return coil_queue_get_nowait(q, ret_item);
}

int coil_queue_task_done(coil_queue *q)
{
    if (q->coil__unfinished <= 0)
        return coil_fail(-EINVAL, "task_done() called too many times");
    if (--q->coil__unfinished == 0)
        coil_event_set(&q->coil__finished);
    return 0;
}

int coil_queue_join(coil_queue *q)
{
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (err < 0 || q->coil__unfinished == 0)
        return err;
    return coil_event_wait(&q->coil__finished);
}

void coil_queue_shutdown(coil_queue *q, int immediate)
{
    q->coil__shut = 1;
    if (immediate) {
        q->coil__unfinished -= (long long)q->coil__n;
        q->coil__n = q->coil__first = 0;
        if (q->coil__unfinished <= 0) {
            q->coil__unfinished = 0;
            coil_event_set(&q->coil__finished);
        }
    }
    while (!coil__list_empty(coil__waiters_list(&q->coil__getters)))
        wake_next(&q->coil__getters);
    while (!coil__list_empty(coil__waiters_list(&q->coil__putters)))
        wake_next(&q->coil__putters);
}

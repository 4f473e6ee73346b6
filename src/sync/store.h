/* sync/store.h: where a queue keeps its items: a ring, a stack, or a heap. */
#ifndef COIL_SYNC_STORE_H
#define COIL_SYNC_STORE_H

#include <stdint.h>
#include <string.h>

#include "coil/queue.h"

enum { COIL__STORE_FIFO, COIL__STORE_LIFO, COIL__STORE_PRIORITY };

/* Room for more: 0 or -ENOMEM. */
int coil__store_grow(coil_queue *q);
/* The same as below of a stack or a heap, where there is room. */
void coil__store_put_sorted(coil_queue *q, const void *item);
void coil__store_get_sorted(coil_queue *q, void *ret_item);

/* Most items are a word: a pointer, a number. */
static inline void coil__item_copy(void *to, const void *from, size_t size)
{
    if (size == sizeof(uint64_t))
        memcpy(to, from, sizeof(uint64_t));
    else
        memcpy(to, from, size);
}

/* Of a ring, whose room is a power of two: where the item is that has i before it. */
static inline unsigned char *coil__ring_place(const coil_queue *q, size_t i)
{
    return q->coil__items + ((q->coil__first + i) & (q->coil__room - 1)) * q->coil__item_size;
}

/* Keeps a copy of *item. Returns 0 or -ENOMEM. */
static inline int coil__store_put(coil_queue *q, const void *item)
{
    int err = q->coil__n == q->coil__room ? coil__store_grow(q) : 0;
    if (err < 0)
        return err;
    if (q->coil__kind == COIL__STORE_FIFO)
        coil__item_copy(coil__ring_place(q, q->coil__n++), item, q->coil__item_size);
    else
        coil__store_put_sorted(q, item);
    return 0;
}

/* Takes the next item out; there must be one. */
static inline void coil__store_get(coil_queue *q, void *ret_item)
{
    if (q->coil__kind != COIL__STORE_FIFO) {
        coil__store_get_sorted(q, ret_item);
        return;
    }
    coil__item_copy(ret_item, coil__ring_place(q, 0), q->coil__item_size);
    q->coil__first = (q->coil__first + 1) & (q->coil__room - 1);
    q->coil__n--;
}

#endif

/* sync/store.c: items by value in one block that doubles. In a heap each item is preceded by the number of its arrival, so that
 * equals keep their order.
 */
#include "sync/store.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"

/* Bytes per place. A priority queue has one place more, for swapping. */
static size_t stride(const coil_queue *q)
{
    size_t item = q->coil__item_size;
    return q->coil__kind == COIL__STORE_PRIORITY ? sizeof(uint64_t) + ((item + 7) & ~(size_t)7)
                                                 : item;
}

static unsigned char *place(const coil_queue *q, size_t i)
{
    return q->coil__items + i * stride(q);
}

int coil__store_grow(coil_queue *q)
{
    size_t room = q->coil__room ? q->coil__room * 2 : 8;
    if (room + 1 > SIZE_MAX / stride(q))
        return -ENOMEM;
    unsigned char *items = coil__malloc((room + 1) * stride(q));
    if (!items)
        return -ENOMEM;
    for (size_t i = 0; i < q->coil__n; i++) /* a ring is laid straight */
        memcpy(items + i * stride(q),
               q->coil__kind == COIL__STORE_FIFO ? coil__ring_place(q, i) : place(q, i), stride(q));
    coil__free(q->coil__items);
    q->coil__items = items;
    q->coil__room = room;
    q->coil__first = 0;
    return 0;
}

/* ---------------------------------------------------------------- the heap ---- */

static int comes_before(const coil_queue *q, const unsigned char *a, const unsigned char *b)
{
    int order = q->coil__before(a + sizeof(uint64_t), b + sizeof(uint64_t));
    if (order != 0)
        return order < 0;
    uint64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return x < y;
}

static void swap(coil_queue *q, size_t i, size_t j)
{
    unsigned char *spare = place(q, q->coil__room);
    memcpy(spare, place(q, i), stride(q));
    memcpy(place(q, i), place(q, j), stride(q));
    memcpy(place(q, j), spare, stride(q));
}

static void sift_up(coil_queue *q, size_t i)
{
    while (i > 0 && comes_before(q, place(q, i), place(q, (i - 1) / 2))) {
        swap(q, i, (i - 1) / 2);
        i = (i - 1) / 2;
    }
}

static void sift_down(coil_queue *q)
{
    for (size_t i = 0;;) {
        size_t best = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < q->coil__n; child++)
            if (comes_before(q, place(q, child), place(q, best)))
                best = child;
        if (best == i)
            return;
        swap(q, i, best);
        i = best;
    }
}

/* ---------------------------------------------------------------- in and out ---- */

void coil__store_put_sorted(coil_queue *q, const void *item)
{
    unsigned char *at = place(q, q->coil__n++);
    if (q->coil__kind == COIL__STORE_LIFO) {
        memcpy(at, item, q->coil__item_size);
        return;
    }
    uint64_t arrival = q->coil__seq++;
    memcpy(at, &arrival, sizeof arrival);
    memcpy(at + sizeof arrival, item, q->coil__item_size);
    sift_up(q, q->coil__n - 1);
}

void coil__store_get_sorted(coil_queue *q, void *ret_item)
{
    if (q->coil__kind == COIL__STORE_LIFO) {
        memcpy(ret_item, place(q, --q->coil__n), q->coil__item_size);
        return;
    }
    memcpy(ret_item, place(q, 0) + sizeof(uint64_t), q->coil__item_size);
    memcpy(place(q, 0), place(q, --q->coil__n), stride(q));
    sift_down(q);
}

/* base/heap.h: an intrusive 4-ary min-heap of deadlines.
 *
 * Ordered by (when_ns, seq): equal deadlines leave in the order in which they came. Only push can fail (-ENOMEM), and only when it
 * has to grow.
 *
 * A million timers are a million nodes somewhere in memory, so the heap works without looking at them: deadlines and sequence stand in
 * the array itself, the four children of an entry in one cache line, and where an entry is stands in a table of its own,
 * by the number that a node has while it is in the heap. Always true: places[entries[i].id] == i.
 */
#ifndef COIL_BASE_HEAP_H
#define COIL_BASE_HEAP_H

#include <stdint.h>

#include "base/list.h"

struct coil__heap_node {
    union {
        int64_t when_ns;        /* set before a push */
        struct coil__list link; /* the owner's, while it is in no heap */
    };
    uint32_t index; /* its number + 1; 0 when it is in no heap */
    uint32_t mark;  /* the owner's */
};

struct coil__heap_entry {
    int64_t when_ns;
    uint32_t seq; /* compared by difference: it wraps */
    uint32_t id;
};

struct coil__heap {
    struct coil__heap_entry *entries; /* inside block: entry 1 begins a cache line         */
    struct coil__heap_node **nodes;   /* by number                                         */
    uint32_t *places;                 /* by number; of a free number: the next free one    */
    void *block;
    uint32_t n, room;
    uint32_t next_seq;
    uint32_t free_id; /* the first free number                             */
};

int coil__heap_push(struct coil__heap *h, struct coil__heap_node *node); /* node->when_ns is set */
void coil__heap_remove(struct coil__heap *h,
                       struct coil__heap_node *node); /* no-op when in no heap */
void coil__heap_done(struct coil__heap *h);
static inline struct coil__heap_node *coil__heap_min(const struct coil__heap *h)
{
    return h->n ? h->nodes[h->entries[0].id] : (struct coil__heap_node *)0;
}
/* Fetches the nodes that will be the minimum soon, when one after the other leaves. */
static inline void coil__heap_warm(const struct coil__heap *h)
{
    for (uint32_t i = 1; i <= 4 && i < h->n; i++)
        __builtin_prefetch(h->nodes[h->entries[i].id]);
}
/* Makes room for n nodes in all, so that that many pushes can't fail. */
int coil__heap_reserve(struct coil__heap *h, uint32_t n);
/* For tests: 1 when every invariant holds. */
int coil__heap_check(const struct coil__heap *h);

#endif

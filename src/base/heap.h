/* base/heap.h: an intrusive 4-ary min-heap of deadlines.
 *
 * Ordered by (when_ns, seq): equal deadlines leave in the order in which they came. Always true: a node's index is its
 * place + 1, and 0 for a node that is in no heap. Only push can fail (-ENOMEM), and only when it has to grow.
 */
#ifndef COIL_BASE_HEAP_H
#define COIL_BASE_HEAP_H

#include <stdint.h>

#include "base/list.h"

struct coil__heap_node {
    union {
        struct {
            int64_t when_ns;
            uint64_t seq; /* set by push */
        };
        struct coil__list link; /* the owner's, while it is in no heap */
    };
    uint32_t index;
    uint32_t mark; /* the owner's */
};

struct coil__heap {
    struct coil__heap_node **nodes;
    uint32_t n, room;
    uint64_t next_seq;
};

int coil__heap_push(struct coil__heap *h, struct coil__heap_node *node); /* node->when_ns is set */
void coil__heap_remove(struct coil__heap *h,
                       struct coil__heap_node *node); /* no-op when in no heap */
void coil__heap_done(struct coil__heap *h);
static inline struct coil__heap_node *coil__heap_min(const struct coil__heap *h)
{
    return h->n ? h->nodes[0] : (struct coil__heap_node *)0;
}
/* Makes room for n nodes in all, so that that many pushes can't fail. */
int coil__heap_reserve(struct coil__heap *h, uint32_t n);
/* For tests: 1 when every invariant holds. */
int coil__heap_check(const struct coil__heap *h);

#endif

/* base/heap.h: deadlines: an intrusive 4-ary min-heap, and the queue of those that are due.
 *
 * Ordered by (when_ns, seq): equal deadlines leave in the order in which they came. Only push can fail (-ENOMEM), and only when it
 * has to grow.
 *
 * A node is idle (index == 0), in the heap, or due: taken out of the heap with all others whose time has come, and waiting in their
 * order to be told. coil__heap_remove takes it back from either.
 *
 * A million timers are a million nodes somewhere in memory, so nothing here looks at them before they are told: deadlines and sequence
 * stand in the heap's array, the four children of an entry in one cache line, and where an entry is stands in a table of its own, by
 * the number that a node has until it is idle again. Always true: places[entries[i].id] == i, and for one that is due
 * due[places[id] - COIL__HEAP_DUE] is its node.
 */
#ifndef COIL_BASE_HEAP_H
#define COIL_BASE_HEAP_H

#include <stdint.h>

struct coil__heap_node {
    int64_t when_ns; /* set before a push, and kept           */
    uint32_t index;  /* its number + 1; 0 when it is idle; the top bit is never set here */
};

struct coil__heap_entry {
    int64_t when_ns;
    uint32_t id;
    uint32_t seq;
};

struct coil__heap {
    struct coil__heap_entry *entries; /* inside block: entry 1 begins a cache line         */
    struct coil__heap_node **nodes;   /* by number                                         */
    struct coil__heap_node **due;     /* a queue: from due_next on; NULL: taken back       */
    uint32_t *places;                 /* by number; of a free number: the next free one    */
    void *block;
    uint32_t n, room; /* in the heap; numbers there are                    */
    uint32_t due_next, due_end;
    uint32_t next_seq;
    uint32_t fresh;   /* numbers from here on were never given             */
    uint32_t free_id; /* the first free one of the others, + 1; 0: none    */
};

#define COIL__HEAP_DUE UINT32_C(0x80000000)

int coil__heap_push_at(struct coil__heap *h, struct coil__heap_node *node, int64_t when_ns);
/* node->when_ns is set. The other one is for who has it at hand too, and would have to wait for the node's. */
static inline int coil__heap_push(struct coil__heap *h, struct coil__heap_node *node)
{
    return coil__heap_push_at(h, node, node->when_ns);
}
/* Makes it idle; no-op when it is. */
void coil__heap_remove(struct coil__heap *h, struct coil__heap_node *node);
void coil__heap_done(struct coil__heap *h);
/* Makes room for n nodes in all, so that that many pushes can't fail. Touches no memory that is not needed yet. */
int coil__heap_reserve(struct coil__heap *h, uint32_t n);

/* The first deadline in the heap; when it is empty the last there can be. */
static inline int64_t coil__heap_first_ns(const struct coil__heap *h)
{
    return h->n ? h->entries[0].when_ns : INT64_MAX;
}

/* How many there are: in the heap, and due but not yet told (counting those that were taken back from there). */
static inline uint32_t coil__heap_size(const struct coil__heap *h)
{
    return h->n + (h->due_end - h->due_next);
}

/* Those whose deadline is `now_ns` or earlier are due from now on, behind the ones that are due already; of those none may have been
 * told or taken back yet, or all. */
void coil__heap_take_due(struct coil__heap *h, int64_t now_ns);
/* The same for one that never was in the heap: it comes behind those that are due. There is room reserved for it. */
void coil__heap_push_due(struct coil__heap *h, struct coil__heap_node *node);
static inline int coil__heap_has_due(const struct coil__heap *h)
{
    return h->due_next != h->due_end;
}
/* The next one that is due, idle now; NULL when there is none any more. */
struct coil__heap_node *coil__heap_next_due(struct coil__heap *h);

/* For tests: 1 when every invariant holds. */
int coil__heap_check(const struct coil__heap *h);

#endif

/* base/mpsc.h: many producers, one consumer, no locks.
 *
 * Producers push onto a stack by compare-and-swap; the consumer takes all of it in one exchange and turns it
 * round, so that it sees the nodes in the order of the pushes. A node belongs to the queue from push until it was
 * taken. Push tells whether the queue was empty: only then may the consumer have to be woken.
 */
#ifndef COIL_BASE_MPSC_H
#define COIL_BASE_MPSC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct coil__mpsc_node {
    struct coil__mpsc_node *next;
};

struct coil__mpsc {
    _Atomic(struct coil__mpsc_node *) top;
};

static inline void coil__mpsc_init(struct coil__mpsc *q)
{
    atomic_init(&q->top, NULL);
}

/* Any thread. True when the queue was empty before. */
static inline bool coil__mpsc_push(struct coil__mpsc *q, struct coil__mpsc_node *node)
{
    struct coil__mpsc_node *top = atomic_load_explicit(&q->top, memory_order_relaxed);
    do {
        node->next = top;
    } while (!atomic_compare_exchange_weak_explicit(&q->top, &top, node, memory_order_seq_cst,
                                                    memory_order_relaxed));
    return top == NULL;
}

/* The consumer. */
static inline bool coil__mpsc_empty(struct coil__mpsc *q)
{
    return atomic_load_explicit(&q->top, memory_order_seq_cst) == NULL;
}

/* The consumer. All nodes, linked by next, the oldest first; NULL when there is none. */
static inline struct coil__mpsc_node *coil__mpsc_take(struct coil__mpsc *q)
{
    struct coil__mpsc_node *node = atomic_exchange_explicit(&q->top, NULL, memory_order_acquire);
    struct coil__mpsc_node *oldest = NULL;
    while (node) {
        struct coil__mpsc_node *next = node->next;
        node->next = oldest;
        oldest = node;
        node = next;
    }
    return oldest;
}

#endif

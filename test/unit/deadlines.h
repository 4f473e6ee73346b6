/* test/unit/deadlines.h: what the tests of the heap and of the timers compare with: a plain array that is searched; and dice. */
#ifndef TEST_UNIT_DEADLINES_H
#define TEST_UNIT_DEADLINES_H

#include <stdbool.h>

#include "base/heap.h"

struct item {
    struct coil__heap_node node;
    int64_t when_ns;
    uint64_t order; /* of its push */
    bool in;
};

static uint64_t state;

static inline uint32_t roll(uint32_t n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % n;
}

static inline bool comes_before(const struct item *a, const struct item *b)
{
    return a->when_ns < b->when_ns || (a->when_ns == b->when_ns && a->order < b->order);
}

/* The first of those that are in, or NULL. */
static inline struct item *first_of(struct item *items, int n)
{
    struct item *first = NULL;
    for (int i = 0; i < n; i++)
        if (items[i].in && (!first || comes_before(&items[i], first)))
            first = &items[i];
    return first;
}

#endif

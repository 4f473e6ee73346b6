/* bench/own.h: a span of Coil's own programs, which says how many blocks of memory Coil took in it, too. */
#ifndef BENCH_OWN_H
#define BENCH_OWN_H

#include "bench.h"
#include "coil.h"

struct own_span {
    struct bench_span span;
    unsigned long long allocations;
};

static inline struct own_span own_begin(void)
{
    struct own_span begun = {.allocations = 0};
    coil_memory_counts(&begun.allocations, NULL);
    begun.span = bench_begin();
    return begun;
}

static inline void own_end(struct own_span begun)
{
    unsigned long long now;
    bench_end(begun.span);
    coil_memory_counts(&now, NULL);
    printf("{\"allocations\": %llu}\n", now - begun.allocations);
    fflush(stdout);
}

#endif

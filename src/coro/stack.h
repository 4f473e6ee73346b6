/* coro/stack.h: what stack.c and overflow.c share. */
#ifndef COIL_CORO_STACK_H
#define COIL_CORO_STACK_H

#include "coro/coro.h"

struct coil__stack_pool {
    size_t stack_size;
    enum coil__stack_guard guard; /* AUTO turns into PAGES on a kernel without guard regions */
    char **slabs;                 /* a mapping of its own that never moves                   */
    uint32_t n_slabs;
    uint32_t fresh; /* stacks below this index have been lent before           */
    uint32_t *free; /* LIFO of indexes, room for all                           */
    uint32_t n_free, free_room, cold;
    size_t in_use;
    unsigned *memcheck_ids; /* by index; NULL unless Valgrind runs the program            */
};

/* Whether an address lies in the guard of one of the pool's stacks, and of which. Async-signal-safe. */
int coil__stack_of_guard(const struct coil__stack_pool *p, const void *address,
                         uint32_t *ret_index);
/* A canary is gone: the report of an overflow, then the default action of SIGSEGV. Does not return. */
void coil__overflow_found(struct coil__stack_pool *p, uint32_t index) __attribute__((noreturn));

#endif

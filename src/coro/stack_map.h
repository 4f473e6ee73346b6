/* coro/stack_map.h: which stack of a pool an address lies on, asked where neither a lock nor a search will do: in a fault handler.
 *
 * Address space is cut into windows as large as a slab, so that at most one slab begins in each: an address is on the slab that begins in its
 * window or in the one before. A slab that was mapped once stays where it is. The pool's thread makes every call, except find.
 */
#ifndef COIL_CORO_STACK_MAP_H
#define COIL_CORO_STACK_MAP_H

#include "coro/stack.h"

struct coil__stack_map {
    const struct coil__stack_pool *pool;
    uint32_t *
        slabs_at; /* by window: 1 + the slab that begins in it; 0: none does. A mapping, mostly empty */
    uint32_t window_shift;
    uint32_t known; /* slabs that are in slabs_at */
};

/* Returns 0 or -ENOMEM. */
int coil__stack_map_init(struct coil__stack_map *m, const struct coil__stack_pool *pool);
void coil__stack_map_done(struct coil__stack_map *m);
/* Takes in the slabs that the pool has got since. */
void coil__stack_map_learn(struct coil__stack_map *m);
/* The stack that an address lies on, guard or not, if its slab was learned. Any thread, async-signal-safe. */
bool coil__stack_map_find(const struct coil__stack_map *m, const void *address,
                          uint32_t *ret_index);

#endif

/* coro/stack_map.c: windows and the slabs that begin in them. */
#include "coro/stack_map.h"

#include <errno.h>

#include "base/sys.h"

enum { ADDRESS_BITS = 48 };

static uintptr_t windows(const struct coil__stack_map *m)
{
    return (uintptr_t)1 << (ADDRESS_BITS - m->window_shift);
}

int coil__stack_map_init(struct coil__stack_map *m, const struct coil__stack_pool *pool)
{
    *m = (struct coil__stack_map){.pool = pool, .window_shift = pool->shift + 8};
    _Static_assert(COIL__STACKS_PER_SLAB == 1 << 8, "a window is a slab");
    m->slabs_at = coil__stack_reserve(windows(m) * sizeof *m->slabs_at);
    return m->slabs_at ? 0 : -ENOMEM;
}

void coil__stack_map_done(struct coil__stack_map *m)
{
    coil__sys_munmap(m->slabs_at, windows(m) * sizeof *m->slabs_at);
}

void coil__stack_map_learn(struct coil__stack_map *m)
{
    for (; m->known < m->pool->n_slabs; m->known++) {
        uintptr_t window = (uintptr_t)m->pool->slabs[m->known] >> m->window_shift;
        if (window < windows(m))
            __atomic_store_n(&m->slabs_at[window], m->known + 1, __ATOMIC_RELEASE);
    }
}

bool coil__stack_map_find(const struct coil__stack_map *m, const void *address, uint32_t *ret_index)
{
    uintptr_t window = (uintptr_t)address >> m->window_shift;
    if (window >= windows(m))
        return false;
    for (uintptr_t back = 0; back < 2 && back <= window; back++) {
        uint32_t slab = __atomic_load_n(&m->slabs_at[window - back], __ATOMIC_ACQUIRE);
        if (slab == 0)
            continue;
        uintptr_t offset = (uintptr_t)address - (uintptr_t)m->pool->slabs[slab - 1];
        if (offset >> m->window_shift)
            continue;
        *ret_index = (slab - 1) * COIL__STACKS_PER_SLAB + (uint32_t)(offset >> m->pool->shift);
        return true;
    }
    return false;
}

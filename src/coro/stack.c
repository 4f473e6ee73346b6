/* coro/stack.c: stacks in slabs of address space, on loan.
 *
 * A stack is an index: slab index / PER_SLAB, place index % PER_SLAB. Those never lent follow each other (`fresh`); those that came
 * back are a LIFO of indexes. In the LIFO the entries below `cold` have given their pages back to the kernel, those above are
 * warm. The table of slabs is mapped once and never moves, so that a signal handler may read it.
 *
 * Tops are shifted by (index mod 32) cache lines: equal strides would put all tops into the same cache sets.
 */
#include "coro/stack.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/sys.h"
#include "coil/errors.h"
#include "coro/advise.h"
#include "coro/memcheck.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

enum { PER_SLAB = COIL__STACKS_PER_SLAB, MAX_SLABS = 1 << 16, CANARY_ROOM = 64 };
static const unsigned char canary[32] = "coil: end of the stack, no more";

static size_t page_size(void)
{
    static _Atomic size_t size; /* every thread finds the same, so any order will do */
    size_t known = atomic_load_explicit(&size, memory_order_relaxed);
    if (!known) {
        known = (size_t)sysconf(_SC_PAGESIZE);
        atomic_store_explicit(&size, known, memory_order_relaxed);
    }
    return known;
}

/* Most tasks use a page of their stack. */
static uint32_t most_warm(void)
{
    enum { SHARE = 32 };
    long pages = sysconf(_SC_PHYS_PAGES) / SHARE;
    if (pages < COIL__STACKS_WARM_LITTLE)
        return COIL__STACKS_WARM_LITTLE;
    return pages < COIL__STACKS_WARM_MOST ? (uint32_t)pages : COIL__STACKS_WARM_MOST;
}

static size_t guard_size(const struct coil__stack_pool *p)
{
    size_t want = 4 * page_size();
    return coil__stack_pool_size(p) >= 8 * want ? want : page_size();
}

void *coil__stack_reserve(size_t size)
{
    void *at = coil__sys_mmap(NULL, size, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return at == MAP_FAILED ? NULL : at;
}

int coil__stack_pool_new(size_t stack_size, enum coil__stack_guard guard,
                         struct coil__stack_pool **ret_pool)
{
    if (stack_size < 64 * 1024 || stack_size > 8 * 1024 * 1024)
        return -EINVAL;
    struct coil__stack_pool *p = coil__calloc(1, sizeof *p);
    if (!p)
        return -ENOMEM;
    p->slabs = coil__stack_reserve(MAX_SLABS * sizeof *p->slabs);
    if (!p->slabs) {
        coil__free(p);
        return -ENOMEM;
    }
    p->shift = 16;
    while (coil__stack_pool_size(p) < stack_size)
        p->shift++;
    p->guard = guard;
    p->warm = COIL__STACKS_WARM;
    p->warm_most = most_warm();
    p->below = guard == COIL__GUARD_CANARY ? CANARY_ROOM : (uint32_t)guard_size(p);
    p->attended = guard == COIL__GUARD_CANARY || coil__memcheck_listens();
    *ret_pool = p;
    return 0;
}

void coil__stack_pool_free(struct coil__stack_pool *p)
{
    if (!p)
        return;
    for (uint32_t i = 0; p->memcheck_ids && i < p->fresh; i++)
        coil__memcheck_forget(p->memcheck_ids[i]); /* before another thread maps its own here */
    for (uint32_t i = 0; i < p->n_slabs; i++)
        coil__sys_munmap(p->slabs[i], coil__stack_pool_size(p) * PER_SLAB);
    coil__sys_munmap(p->slabs, MAX_SLABS * sizeof *p->slabs);
    coil__free(p->memcheck_ids);
    coil__free(p->free);
    coil__free(p);
}

static int add_slab(struct coil__stack_pool *p)
{
    if (p->n_slabs == MAX_SLABS)
        return -COIL_ESTACKS;
    uint32_t slots = (p->n_slabs + 1) * PER_SLAB;
    if (slots > p->free_room) {
        uint32_t room = p->free_room * 2 > slots ? p->free_room * 2 : slots;
        uint32_t *free_list = coil__realloc(p->free, room * sizeof *free_list);
        if (!free_list)
            return -ENOMEM;
        p->free = free_list;
        p->free_room = room;
    }
    if (coil__memcheck_runs()) {
        unsigned *ids = coil__realloc(p->memcheck_ids, slots * sizeof *ids);
        if (!ids)
            return -ENOMEM;
        p->memcheck_ids = ids;
    }
    size_t size = coil__stack_pool_size(p) * PER_SLAB;
    char *slab = coil__stack_reserve(size);
    if (!slab)
        return -ENOMEM;
    coil__sys_madvise(slab, size, MADV_NOHUGEPAGE);
    p->slabs[p->n_slabs] = slab;
    __atomic_store_n(&p->n_slabs, p->n_slabs + 1, __ATOMIC_RELEASE);
    return 0;
}

/* Among so many stacks the next ones are needed soon: their first pages are had by one call, which costs less than a fault for each. */
static void populate(struct coil__stack_pool *p, uint32_t n)
{
    struct iovec tops[COIL__STACKS_BATCH];
    uintptr_t page = page_size();
    for (uint32_t i = 0; i < n; i++) {
        uintptr_t at = ((uintptr_t)coil__stack_top(p, p->fresh + i) - 1) & ~(page - 1);
        tops[i] = (struct iovec){(void *)at, page};
    }
    coil__advise(tops, (int)n, MADV_POPULATE_WRITE);
}

/* Guards the next stack, and after it as many as there are already, up to a batch and to the end of the slab: each guard by itself
 * costs a system call. */
static int install_guards(struct coil__stack_pool *p)
{
    struct iovec guards[COIL__STACKS_BATCH];
    uint32_t n = p->fresh < 1 ? 1 : p->fresh;
    uint32_t in_slab = PER_SLAB - p->fresh % PER_SLAB;
    n = n > COIL__STACKS_BATCH ? COIL__STACKS_BATCH : n;
    n = n > in_slab ? in_slab : n;
    for (uint32_t i = 0; i < n; i++)
        guards[i] = (struct iovec){coil__stack_base(p, p->fresh + i), guard_size(p)};
    int done = coil__advise(guards, (int)n, MADV_GUARD_INSTALL);
    p->guarded = p->fresh + (uint32_t)done;
    if (p->fresh >= COIL__STACKS_POPULATES)
        populate(p, (uint32_t)done);
    return done > 0 ? 0 : -errno;
}

/* Guards a stack that was never lent before. */
static int guard_stack(struct coil__stack_pool *p, char *base)
{
    if (p->guard == COIL__GUARD_AUTO) {
        int err = p->fresh < p->guarded ? 0 : install_guards(p);
        if (err != -EINVAL)
            return err;
        p->guard = COIL__GUARD_PAGES; /* a kernel before 6.13 */
    }
    if (p->guard == COIL__GUARD_PAGES) {
        if (coil__sys_mprotect(base, guard_size(p), PROT_NONE) == 0)
            return 0;
        return errno == ENOMEM
                   ? coil_fail(-COIL_ESTACKS,
                               "no more guarded stacks after %u: raise vm.max_map_count, or set "
                               "COIL_STACK_GUARD=canary",
                               p->fresh)
                   : -errno;
    }
    memcpy(base, canary, sizeof canary);
    return 0;
}

static int get_fresh(struct coil__stack_pool *p, struct coil__stack *ret_stack)
{
    if (p->fresh == p->n_slabs * PER_SLAB) {
        int err = add_slab(p);
        if (err < 0)
            return err;
    }
    char *base = coil__stack_base(p, p->fresh);
    int err = guard_stack(p, base);
    if (err < 0)
        return err;
    uint32_t index = p->fresh++;
    if (p->memcheck_ids)
        p->memcheck_ids[index] = coil__memcheck_stack(base, coil__stack_pool_size(p));
    ret_stack->index = index;
    ret_stack->top = coil__stack_top(p, index);
    return 0;
}

static char *above_guard(const struct coil__stack_pool *p, uint32_t index)
{
    return coil__stack_base(p, index) + p->below;
}

static void attend_get(struct coil__stack_pool *p, uint32_t index)
{
    coil__memcheck_lent(above_guard(p, index), coil__stack_pool_size(p) - p->below);
    if (p->guard == COIL__GUARD_CANARY)
        memcpy(coil__stack_base(p, index), canary, sizeof canary);
}

int coil__stack_get_slowly(struct coil__stack_pool *p, struct coil__stack *ret_stack)
{
    if (p->n_free == 0)
        return get_fresh(p, ret_stack);
    *ret_stack = coil__stack_take(p);
    if (p->cold > p->n_free) {
        p->cold = p->n_free;
        p->missed++;
    }
    if (p->attended)
        attend_get(p, ret_stack->index);
    return 0;
}

static void attend_put(struct coil__stack_pool *p, uint32_t index)
{
    if (p->guard == COIL__GUARD_CANARY &&
        memcmp(coil__stack_base(p, index), canary, sizeof canary) != 0)
        coil__overflow_found(p, index);
    coil__memcheck_idle(above_guard(p, index), coil__stack_pool_size(p) - p->below);
}

/* Gives the pages of the longest idle warm stacks back; unless it did so too early before, as told by those that were lent again: then
 * as many more stay warm from now on. */
static void cool(struct coil__stack_pool *p)
{
    if (p->missed > 0) {
        p->warm = p->warm + p->missed < p->warm_most ? p->warm + p->missed : p->warm_most;
        p->missed = 0;
        if (p->n_free - p->cold < p->warm + COIL__STACKS_BATCH)
            return;
    } else if (p->warm >= COIL__STACKS_WARM + COIL__STACKS_BATCH) {
        p->warm -= COIL__STACKS_BATCH;
    }
    struct iovec idle[COIL__STACKS_BATCH];
    size_t guard = guard_size(p);
    for (uint32_t i = 0; i < COIL__STACKS_BATCH; i++)
        idle[i] = (struct iovec){(char *)coil__stack_base(p, p->free[p->cold++]) + guard,
                                 coil__stack_pool_size(p) - guard};
    coil__advise(idle, COIL__STACKS_BATCH, MADV_DONTNEED);
}

void coil__stack_put_slowly(struct coil__stack_pool *p, uint32_t index)
{
    if (p->attended)
        attend_put(p, index);
    p->free[p->n_free++] = index;
    if (p->n_free - p->cold >= p->warm + COIL__STACKS_BATCH)
        cool(p);
}

int coil__stack_of_guard(const struct coil__stack_pool *p, const void *address, uint32_t *ret_index)
{
    if (p->guard == COIL__GUARD_CANARY)
        return 0;
    uint32_t n = __atomic_load_n(&p->n_slabs, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < n; i++) {
        uintptr_t offset = (uintptr_t)address - (uintptr_t)p->slabs[i];
        if (offset >= coil__stack_pool_size(p) * PER_SLAB)
            continue;
        if (offset % coil__stack_pool_size(p) >= guard_size(p))
            return 0;
        *ret_index = i * PER_SLAB + (uint32_t)(offset / coil__stack_pool_size(p));
        return 1;
    }
    return 0;
}

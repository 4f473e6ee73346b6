/* base/memory.c: counts, fails on demand, and otherwise passes on to the allocator hook. */
#include "base/memory.h"
#include "coil/memory.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *libc_realloc(void *ctx, void *block, size_t size)
{
    (void)ctx;
    if (size == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, size);
}

static coil_allocator hook = {libc_realloc, NULL};
static atomic_ullong total_allocations;
static atomic_ullong live_blocks;
static atomic_ullong fail_countdown; /* 0: off; 1: this allocation fails */
static atomic_int fail_all_after;
static atomic_ullong counted_since;

/* Tells whether the allocation that is about to happen must fail. */
static int must_fail(void)
{
    atomic_fetch_add_explicit(&counted_since, 1, memory_order_relaxed);
    unsigned long long left = atomic_load_explicit(&fail_countdown, memory_order_relaxed);
    if (left == 0)
        return 0;
    if (left == 1) {
        if (!atomic_load_explicit(&fail_all_after, memory_order_relaxed))
            atomic_store_explicit(&fail_countdown, 0, memory_order_relaxed);
        return 1;
    }
    atomic_fetch_sub_explicit(&fail_countdown, 1, memory_order_relaxed);
    return 0;
}

void *coil__malloc(size_t size)
{
    if (must_fail())
        return NULL;
    void *p = hook.realloc_fn(hook.ctx, NULL, size ? size : 1);
    if (p) {
        atomic_fetch_add_explicit(&total_allocations, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&live_blocks, 1, memory_order_relaxed);
    }
    return p;
}

void *coil__calloc(size_t n, size_t size)
{
    if (size != 0 && n > SIZE_MAX / size)
        return NULL;
    void *p = coil__malloc(n * size);
    if (p)
        memset(p, 0, n * size);
    return p;
}

void *coil__realloc(void *p, size_t size)
{
    if (!p)
        return coil__malloc(size);
    if (must_fail())
        return NULL;
    void *q = hook.realloc_fn(hook.ctx, p, size ? size : 1);
    if (q)
        atomic_fetch_add_explicit(&total_allocations, 1, memory_order_relaxed);
    return q;
}

void coil__free(void *p)
{
    if (!p)
        return;
    int saved = errno;
    atomic_fetch_sub_explicit(&live_blocks, 1, memory_order_relaxed);
    hook.realloc_fn(hook.ctx, p, 0);
    errno = saved;
}

char *coil__strdup(const char *s)
{
    size_t n = strlen(s) + 1;
    char *copy = coil__malloc(n);
    if (copy)
        memcpy(copy, s, n);
    return copy;
}

unsigned long long coil__memory_fail_at(unsigned long long nth, int and_all_after)
{
    atomic_store(&fail_all_after, and_all_after);
    atomic_store(&fail_countdown, nth);
    return atomic_exchange(&counted_since, 0);
}

int coil_set_allocator(const coil_allocator *allocator)
{
    if (atomic_load(&live_blocks) != 0)
        return -EBUSY;
    hook = allocator ? *allocator : (coil_allocator){libc_realloc, NULL};
    return 0;
}

void coil_memory_counts(unsigned long long *ret_allocations, unsigned long long *ret_live_blocks)
{
    if (ret_allocations)
        *ret_allocations = atomic_load(&total_allocations);
    if (ret_live_blocks)
        *ret_live_blocks = atomic_load(&live_blocks);
}

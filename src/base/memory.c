/* base/memory.c: counts, fails when a test wants it, and otherwise passes on to the allocator hook. */
#include "base/memory.h"
#include "coil/memory.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/sys.h"

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

void *coil__malloc(size_t size)
{
    if (coil__sys_fault("malloc"))
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
    if (coil__sys_fault("malloc"))
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

/* The address that the allocator gave stands in the word before the block. */
void *coil__malloc_aligned(size_t size, size_t align)
{
    char *block = coil__malloc(size + align + sizeof(void *));
    if (!block)
        return NULL;
    uintptr_t begin = ((uintptr_t)block + sizeof(void *) + align - 1) & ~(uintptr_t)(align - 1);
    ((void **)begin)[-1] = block;
    return (void *)begin;
}

void *coil__calloc_lines(size_t size)
{
    enum { LINE = 64 };
    void *p = coil__malloc_aligned(size, LINE);
    return p ? memset(p, 0, size) : NULL;
}

void coil__free_aligned(void *p)
{
    if (p)
        coil__free(((void **)p)[-1]);
}

char *coil__strdup(const char *s)
{
    size_t n = strlen(s) + 1;
    char *copy = coil__malloc(n);
    if (copy)
        memcpy(copy, s, n);
    return copy;
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

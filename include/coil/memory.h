/* coil/memory.h: where Coil's memory comes from.
 *
 * Coil allocates through one hook: loops, slabs of task headers, stream buffers. Task stacks are
 * mapped, not allocated. Nothing is allocated per await, sleep, read or write.
 */
#ifndef COIL_MEMORY_H
#define COIL_MEMORY_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* realloc_fn(ctx, NULL, n) allocates, (ctx, p, n) resizes, (ctx, p, 0) frees and returns NULL.
 * It may be called from any thread, must align for any type, and returns NULL when out of memory. */
typedef struct coil_allocator {
    void *(*realloc_fn)(void *ctx, void *block, size_t size);
    void *ctx;
} coil_allocator;

/* Sets the allocator for the whole process; NULL brings back libc's.
 * Returns 0, or -EBUSY while blocks of the old one are alive.
 * From: any thread, before other threads use Coil. Suspends: no. Cancel: not applicable. */
int coil_set_allocator(const coil_allocator *allocator);

/* Gives the number of allocations that Coil has made so far in this process, and of blocks alive.
 * Either pointer may be NULL. From: any thread. Suspends: no. Cancel: not applicable. */
void coil_memory_counts(unsigned long long *ret_allocations, unsigned long long *ret_live_blocks);

#ifdef __cplusplus
}
#endif
#endif

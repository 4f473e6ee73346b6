/* base/memory.h: the one door to the heap.
 *
 * Every block that Coil allocates comes from here, so that one hook replaces the allocator, tests
 * can make the Nth allocation fail ("malloc" in base/faults.h), and a leak is a number. Any thread may call.
 * Failure is NULL; the caller turns it into -ENOMEM.
 */
#ifndef COIL_BASE_MEMORY_H
#define COIL_BASE_MEMORY_H

#include <stddef.h>

void *coil__malloc(size_t size);                       /* uninitialised                       */
void *coil__calloc(size_t n, size_t size);             /* zeroed; NULL also on overflow       */
void *coil__realloc(void *p, size_t size);             /* size > 0; on failure p stays valid  */
void coil__free(void *p);                              /* NULL is fine; errno is kept         */
void *coil__malloc_aligned(size_t size, size_t align); /* a power of two              */
void *coil__calloc_lines(size_t size);                 /* zeroed, and it begins a cache line      */
void coil__free_aligned(void *p);                      /* of these two; NULL is fine              */
char *coil__strdup(const char *s);

#endif

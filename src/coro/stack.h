/* coro/stack.h: what the files that deal with stacks share. */
#ifndef COIL_CORO_STACK_H
#define COIL_CORO_STACK_H

#include <stdbool.h>

#include "coro/coro.h"

/* Address space for `size` bytes, zero; memory only where something is written. NULL: there is none. */
void *coil__stack_reserve(size_t size);
/* Whether an address lies in the guard of one of the pool's stacks, and of which. Async-signal-safe. */
int coil__stack_of_guard(const struct coil__stack_pool *p, const void *address,
                         uint32_t *ret_index);
/* A canary is gone: the report of an overflow, then the default action of SIGSEGV. Does not return. */
void coil__overflow_found(struct coil__stack_pool *p, uint32_t index) __attribute__((noreturn));
/* Whether faults still come to this handler first: somebody may have installed another one since. */
bool coil__overflow_is_ours(void);

#endif

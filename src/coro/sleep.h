/* coro/sleep.h: stacks put to sleep: what lives on them is copied aside, and their pages go back to the kernel.
 *
 * Layer: part of coro/; knows indexes of stacks and saved stack pointers, not tasks. The pages of a sleeping
 * stack that something lives on are guarded, as its guard area always is. Whoever touches them faults, and the fault handler (overflow.c) puts
 * everything back at the same addresses before the instruction is tried again: so a pointer to somebody's local variable stays good. What does not fault can't be helped so: a
 * system call that is given an address on a sleeping stack fails with EFAULT. docs/decisions/0008 tells what follows from that.
 *
 * Life: coil__sleep_add for up to COIL__SLEEP_BATCH stacks -> coil__sleep_commit -> coil__sleep_wake, before the context goes on.
 * The pool's thread makes every call, except coil__sleep_touch.
 */
#ifndef COIL_CORO_SLEEP_H
#define COIL_CORO_SLEEP_H

#include <stdbool.h>

#include "coro/coro.h"

struct coil__sleep;

enum { COIL__SLEEP_BATCH = 64 };

/* Makes stacks of this pool able to sleep; `checks`: a touch by another thread is an error to report. Returns 0, -ENOMEM, or
 * -ENOTSUP where it can't be: ASan, TSan and Valgrind have views of their own on stacks, and so has ucontext. */
int coil__sleep_new(struct coil__stack_pool *pool, bool checks, struct coil__sleep **ret_sleep);
/* The pool must not be watched any more, and its stacks not be used: what still sleeps is lost. */
void coil__sleep_free(struct coil__sleep *s);

/* Copies aside what lives on a stack whose context is saved at sp, and takes it into the batch. False, and nothing happens: too much lives
 * there, sp is not on it, it was lent and has the same tenant as then, there is no memory, or it does not wake. `tenant` tells one user
 * of a stack from the next. */
bool coil__sleep_add(struct coil__sleep *s, struct coil__stack stack, const void *sp,
                     uint64_t tenant);
/* Gives the pages of the batch back. Returns which sleep now: a bit each, in order. */
uint64_t coil__sleep_commit(struct coil__sleep *s);

/* Puts a stack's content back, if it sleeps; frees the copy. */
void coil__sleep_wake(struct coil__sleep *s, uint32_t index);
/* Whether a stack sleeps; one that was touched does not. */
bool coil__sleep_has(const struct coil__sleep *s, uint32_t index);

/* An address was, or is about to be, given to the kernel by somebody who runs on stack `own`: another stack that it lies on is woken,
 * and does not sleep again as long as it has the same tenant. */
void coil__sleep_lend(struct coil__sleep *s, const void *address, uint32_t own);

/* How many sleep, and how many were woken by a touch since the pool was made. */
uint32_t coil__sleep_count(const struct coil__sleep *s);
uint64_t coil__sleep_touches(const struct coil__sleep *s);

enum coil__touch {
    COIL__TOUCH_NONE,   /* no stack of this pool that sleeps                             */
    COIL__TOUCH_MENDED, /* it is awake now: the instruction can be tried again           */
    COIL__TOUCH_FOREIGN /* another thread, and the pool was asked to check: not mended   */
};
/* A fault at this address: in any thread, async-signal-safe. */
enum coil__touch coil__sleep_touch(const struct coil__stack_pool *pool, const void *address,
                                   uint32_t *ret_index);

#endif

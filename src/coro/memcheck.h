/* coro/memcheck.h: telling Valgrind which memory is a stack.
 *
 * Valgrind guesses from the size of a jump of the stack pointer whether a program changed stacks; ours are neighbours,
 * so it would guess wrong and call live variables undefined. Its header is a few macros that do nothing on a real
 * processor; where it isn't installed there is nothing to tell.
 */
#ifndef COIL_CORO_MEMCHECK_H
#define COIL_CORO_MEMCHECK_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif

#ifdef RUNNING_ON_VALGRIND

static inline bool coil__memcheck_runs(void)
{
    return RUNNING_ON_VALGRIND != 0;
}
static inline unsigned coil__memcheck_stack(char *base, size_t size)
{
    return (unsigned)VALGRIND_STACK_REGISTER(base, base + size - 1);
}
static inline void coil__memcheck_forget(unsigned id)
{
    VALGRIND_STACK_DEREGISTER(id);
}

#else

static inline bool coil__memcheck_runs(void)
{
    return false;
}
static inline unsigned coil__memcheck_stack(char *base, size_t size)
{
    (void)base;
    (void)size;
    return 0;
}
static inline void coil__memcheck_forget(unsigned id)
{
    (void)id;
}

#endif
#endif

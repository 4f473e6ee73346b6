/* coro/memcheck.h: telling Valgrind which memory is a stack, and which stack is lent.
 *
 * Valgrind guesses from the size of a jump of the stack pointer whether a program changed stacks; ours are neighbours,
 * so it would guess wrong and call live variables undefined. And a stack that came back is, to it, the memory below a stack
 * pointer, which nobody may write; so it is told when one is lent again, and that an idle one is nobody's.
 * Its headers are a few macros that do nothing on a real processor; where they aren't installed there is nothing to tell.
 */
#ifndef COIL_CORO_MEMCHECK_H
#define COIL_CORO_MEMCHECK_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#endif
#endif

#ifdef RUNNING_ON_VALGRIND

static inline bool coil__memcheck_runs(void)
{
    return RUNNING_ON_VALGRIND != 0;
}
/* Whether it is Memcheck that runs it, which wants to know whose memory is whose; other tools only count, say. */
static inline bool coil__memcheck_listens(void)
{
    char byte = 0;
    return VALGRIND_MAKE_MEM_DEFINED_IF_ADDRESSABLE(&byte, sizeof byte) != 0;
}
static inline unsigned coil__memcheck_stack(char *base, size_t size)
{
    return (unsigned)VALGRIND_STACK_REGISTER(base, base + size - 1);
}
static inline void coil__memcheck_forget(unsigned id)
{
    VALGRIND_STACK_DEREGISTER(id);
}
static inline void coil__memcheck_lent(char *bottom, size_t size)
{
    (void)VALGRIND_MAKE_MEM_UNDEFINED(bottom, size);
}
static inline void coil__memcheck_idle(char *bottom, size_t size)
{
    (void)VALGRIND_MAKE_MEM_NOACCESS(bottom, size);
}

#else

static inline bool coil__memcheck_runs(void)
{
    return false;
}
static inline bool coil__memcheck_listens(void)
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
static inline void coil__memcheck_lent(char *bottom, size_t size)
{
    (void)bottom;
    (void)size;
}
static inline void coil__memcheck_idle(char *bottom, size_t size)
{
    (void)bottom;
    (void)size;
}

#endif
#endif

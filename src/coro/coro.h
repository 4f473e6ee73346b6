/* coro/coro.h: stacks, and the switch between them.
 *
 * Layer: stands on base/ alone. A coroutine here is a saved stack pointer, no more: what it is for, when
 * it runs and what it returns are the business of task/. Everything here belongs to one thread.
 *
 * Life: coil__stack_get -> coil__coro_prepare -> coil__coro_switch ... -> the entry function returns
 * the context that goes on -> coil__stack_put, from another context.
 */
#ifndef COIL_CORO_CORO_H
#define COIL_CORO_CORO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coro/hooks.h"

#if defined(COIL_UCONTEXT) || !(defined(__x86_64__) || defined(__aarch64__))
#define COIL__SWITCH_UCONTEXT 1
#endif

struct coil__coro;
struct coil__sleep;
/* What a new context runs. Returns the context that goes on when this one has ended; its stack may be put back from there. */
typedef struct coil__coro *(*coil__coro_entry)(void *arg);

/* A context that is not running. The thread's own stack is one too, filled by switching away from it. */
struct coil__coro {
    void *sp;            /* valid while it does not run: top of what the switch saved */
#ifdef COIL__FIBER_HOOKS /* what ASan and TSan want to know; kept by switch.c */
    void *fake_stack;
    const void *stack_bottom;
    size_t stack_size;
    void *tsan_fiber;
    coil__coro_entry entry;
    void *arg;
#endif
};

/* The first frame of a new context, what coil__coro_jump finds there and "returns" into: frame.c, and for x86-64, where a task is
 * made with little more, here. */
#if defined(__x86_64__) && !defined(COIL__SWITCH_UCONTEXT)
enum {
    COIL__FRAME_WORDS = 8,
    COIL__FRAME_FUNCTION = 4,
    COIL__FRAME_ARGUMENT = 3,
    COIL__FRAME_RESUME = 7
};
void coil__coro_begin(void);
static inline void coil__frame_lay(struct coil__coro *coro, void *top, void *bottom,
                                   coil__coro_entry entry, void *arg)
{
    (void)bottom;
    uintptr_t *frame = (uintptr_t *)top - COIL__FRAME_WORDS;
    __asm__ volatile("stmxcsr %0" : "=m"(((uint32_t *)frame)[0]));
    __asm__ volatile("fnstcw %0" : "=m"(((uint16_t *)frame)[2]));
    frame[COIL__FRAME_FUNCTION] = (uintptr_t)entry;
    frame[COIL__FRAME_ARGUMENT] = (uintptr_t)arg;
    frame[COIL__FRAME_RESUME] = (uintptr_t)coil__coro_begin;
    coro->sp = frame;
}
#else
void coil__frame_lay(struct coil__coro *coro, void *top, void *bottom, coil__coro_entry entry,
                     void *arg);
#endif

/* A stack on loan from the pool. */
struct coil__stack {
    char *top; /* 16-aligned; shifted downwards by its colour, so it differs from stack to stack */
    uint32_t
        index; /* which stack of the pool                                                      */
};

enum coil__stack_guard {
    COIL__GUARD_AUTO, /* MADV_GUARD_INSTALL where the kernel has it, else mprotect */
    COIL__GUARD_PAGES, /* mprotect: two mappings per stack, so the number of stacks is limited by vm.max_map_count */
    COIL__GUARD_CANARY /* a pattern at the bottom, checked when the stack is given back */
};

/* Stacks of one size, of one loop; the fields are stack.c's. */
struct coil__stack_pool {
    char **slabs;   /* a mapping of its own that never moves: a signal handler may read it       */
    uint32_t *free; /* LIFO of indexes, room for all; below `cold` their pages were given back   */
    uint32_t n_free, cold, free_room;
    uint32_t warm; /* so many idle ones keep their pages: grows with `missed` ...              */
    uint32_t
        warm_most; /* ... up to here                                                            */
    uint32_t
        missed; /* lent again after their pages had been given back, since that was last done */
    uint32_t n_slabs;
    uint32_t fresh; /* stacks below this index have been lent before                             */
    uint32_t guarded; /* those below this one have their guards, if the kernel installs guards   */
    uint32_t shift; /* a stack is 1 << shift bytes                                               */
    uint32_t below; /* bytes at its bottom that are guard                                        */
    enum coil__stack_guard
        guard;     /* AUTO turns into PAGES on a kernel without guard regions       */
    bool attended; /* each stack that comes and goes has a canary laid, or Valgrind told         */
    struct coil__sleep *sleep; /* those that sleep (sleep.h); NULL: none ever does          */
    unsigned
        *memcheck_ids; /* by index; NULL unless Valgrind runs the program                     */
};

enum {
    COIL__STACKS_PER_SLAB = 256,
    COIL__STACKS_WARM =
        1024, /* idle stacks that keep their pages, at first ...                   */
    COIL__STACKS_WARM_LITTLE =
        16384, /* ... when so many are needed again and again, where memory is scarce */
    COIL__STACKS_WARM_MOST =
        131072, /* ... and where there is plenty: a 32nd of the machine's          */
    COIL__STACKS_BATCH =
        256, /* so many more, and theirs are given back at once                   */
    COIL__STACKS_POPULATES =
        16384, /* from so many on the next batch has its first pages before it is lent */
    COIL__STACK_COLOURS = 32
};

/* Makes a pool of stacks of `stack_size` bytes of address space each (64 KiB .. 8 MiB, rounded up to a power
 * of two). Returns 0, -EINVAL for a size out of range, -ENOMEM. */
int coil__stack_pool_new(size_t stack_size, enum coil__stack_guard guard,
                         struct coil__stack_pool **ret_pool);
void coil__stack_pool_free(struct coil__stack_pool *pool); /* all stacks must be back */

static inline char *coil__stack_base(const struct coil__stack_pool *p, uint32_t index)
{
    return p->slabs[index / COIL__STACKS_PER_SLAB] +
           ((size_t)(index % COIL__STACKS_PER_SLAB) << p->shift);
}
/* Equal strides would put all tops into the same cache sets: each is some cache lines lower than the one before. */
static inline char *coil__stack_top(const struct coil__stack_pool *p, uint32_t index)
{
    return coil__stack_base(p, index) + ((size_t)1 << p->shift) -
           (size_t)(index % COIL__STACK_COLOURS) * 64;
}

int coil__stack_get_slowly(struct coil__stack_pool *p, struct coil__stack *ret_stack);
void coil__stack_put_slowly(struct coil__stack_pool *p, uint32_t index);

/* Whether the next one is a warm one that needs nothing; and lends that. */
static inline bool coil__stack_at_hand(const struct coil__stack_pool *p)
{
    return p->n_free > p->cold && !p->attended;
}
static inline struct coil__stack coil__stack_take(struct coil__stack_pool *p)
{
    uint32_t index = p->free[--p->n_free];
    return (struct coil__stack){coil__stack_top(p, index), index};
}
/* Lends a stack, the most recently returned first. Returns 0, -ENOMEM, or -COIL_ESTACKS when the
 * kernel's limit on mappings is reached. */
static inline int coil__stack_get(struct coil__stack_pool *p, struct coil__stack *ret_stack)
{
    if (__builtin_expect(!coil__stack_at_hand(p), 0))
        return coil__stack_get_slowly(p, ret_stack);
    *ret_stack = coil__stack_take(p);
    return 0;
}

/* Takes it back. Idle stacks keep their pages warm up to a bound that use decides, the rest is returned to the kernel in batches. */
static inline void coil__stack_put(struct coil__stack_pool *p, struct coil__stack stack)
{
    if (__builtin_expect(p->n_free - p->cold + 1 >= p->warm + COIL__STACKS_BATCH || p->attended, 0))
        coil__stack_put_slowly(p, stack.index);
    else
        p->free[p->n_free++] = stack.index;
}

/* How many are lent. */
static inline uint32_t coil__stacks_lent(const struct coil__stack_pool *p)
{
    return p->fresh - p->n_free;
}

static inline size_t coil__stack_pool_size(const struct coil__stack_pool *p) /* bytes per stack */
{
    return (size_t)1 << p->shift;
}

/* The lowest usable address of a stack (above its guard), for reports and sanitizers. */
static inline char *coil__stack_bottom(const struct coil__stack_pool *p, struct coil__stack stack)
{
    return coil__stack_base(p, stack.index) + p->below;
}

/* Lays an entry frame on [bottom, top): the first switch to `coro` calls entry(arg) there, with an ended frame
 * chain. `top` need not be the stack's top: the caller may keep data above it (16-aligned). */
#ifdef COIL__FIBER_HOOKS
void coil__coro_prepare(struct coil__coro *coro, void *top, void *bottom, coil__coro_entry entry,
                        void *arg);
#else
static inline void coil__coro_prepare(struct coil__coro *coro, void *top, void *bottom,
                                      coil__coro_entry entry, void *arg)
{
    coil__frame_lay(coro, top, bottom, entry, arg);
}
#endif

/* Forgets a context that will not go on; its stack may be put back then. */
#ifdef COIL__FIBER_HOOKS
void coil__coro_discard(struct coil__coro *coro);
#else
static inline void coil__coro_discard(struct coil__coro *coro)
{
    (void)coro;
}
#endif

/* Saves the running context in `from` and resumes `to`; returns when somebody switches back to `from`.
 * `from` for the thread's own stack is a zeroed struct coil__coro. */
#ifdef COIL__FIBER_HOOKS
void coil__coro_switch(struct coil__coro *from, struct coil__coro *to);
#else
void coil__coro_jump(struct coil__coro *from, struct coil__coro *to);
static inline void coil__coro_switch(struct coil__coro *from, struct coil__coro *to)
{
    coil__coro_jump(from, to);
}
#endif

/* A switch as the last act of a function, which says what the function on the other side returns: `return coil__coro_pass(...)`.
 * Whoever resumes `from` by one of the two decides what this returns: `value`, or what then(arg) does, which runs first, in that context; for
 * one that is resumed by a coil__coro_switch it is not defined. So the work that is due at a switch is done before it, and on the
 * side that has it in hand. With assembly the calling function returns by a jump, straight to its caller. */
int coil__coro_pass(struct coil__coro *from, struct coil__coro *to, int value);
/* `to` is in a coil__coro_pass. */
int coil__coro_pass_then(struct coil__coro *from, struct coil__coro *to, int (*then)(void *arg),
                         void *arg);
/* The same as the end of an entry function: `return coil__coro_end_then(...)`. */
struct coil__coro *coil__coro_end_then(struct coil__coro *to, int (*then)(void *arg), void *arg);

/* The address at which a suspended context will go on, for tools; NULL when it can't be told. */
void *coil__coro_resume_address(const struct coil__coro *coro);

/* ---- overflow: a fault in a guard area is reported, then the default action happens ---- */

/* Tells who runs on a stack: a name into buf, and where it was made. Returns 1, or 0 for an unknown stack. Called on the alternate
 * signal stack when a thread faults in a guard, so it must be async-signal-safe. */
typedef int (*coil__overflow_fn)(void *arg, uint32_t stack_index, char *buf, size_t size,
                                 const char **file, uint32_t *line);

/* Installs the process-wide SIGSEGV/SIGBUS handler once (earlier handlers are chained to for every other fault) and
 * this thread's alternate signal stack (unless it has one), and makes `pool` known to the handler. */
int coil__overflow_watch(struct coil__stack_pool *pool, coil__overflow_fn fn, void *arg);
void coil__overflow_unwatch(struct coil__stack_pool *pool);

#endif

/* coro/switch.c: telling the sanitizers about every switch, and about a context's first frame. Without them there is nothing here.
 *
 * With ASan a switch is announced before and confirmed after, on the other side; whoever arrives learns the bounds of the stack
 * it came from (which is how the thread's own stack becomes known). With TSan each context is a fiber; a fiber that
 * ended is destroyed by the context that runs next.
 */
#include "coro/coro.h"

#include <string.h>

#ifdef COIL__FIBER_HOOKS

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define WITH_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WITH_TSAN 1
#endif
#endif

void coil__coro_jump(struct coil__coro *from, struct coil__coro *to);

static __thread struct coil__coro *came_from; /* NULL: it ended, don't write to it */
static __thread void *dead_fiber __attribute__((unused));

#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef WITH_TSAN
#include <sanitizer/tsan_interface.h>
#endif

/* The functions of a switch begin in one context and end in another; were they instrumented themselves, the sanitizers would
 * book the beginning here and the end there. */
#define BETWEEN_CONTEXTS __attribute__((no_sanitize("thread", "address")))

BETWEEN_CONTEXTS static inline void depart(struct coil__coro *from, struct coil__coro *to,
                                           int for_ever)
{
    came_from = for_ever ? NULL : from;
#ifdef WITH_ASAN
    __sanitizer_start_switch_fiber(for_ever ? NULL : &from->fake_stack, to->stack_bottom,
                                   to->stack_size);
#endif
#ifdef WITH_TSAN
    from->tsan_fiber = __tsan_get_current_fiber(); /* a task may leave from a generator's stack */
    if (for_ever)
        dead_fiber = from->tsan_fiber;
    __tsan_switch_to_fiber(to->tsan_fiber, 0);
#endif
    (void)to;
}

BETWEEN_CONTEXTS static inline void arrive(struct coil__coro *self)
{
#ifdef WITH_ASAN
    const void *bottom;
    size_t size;
    __sanitizer_finish_switch_fiber(self->fake_stack, &bottom, &size);
    if (came_from) {
        came_from->stack_bottom = bottom;
        came_from->stack_size = size;
    }
#endif
#ifdef WITH_TSAN
    if (dead_fiber)
        __tsan_destroy_fiber(dead_fiber);
    dead_fiber = NULL;
#endif
    (void)self;
}

BETWEEN_CONTEXTS static struct coil__coro *hooked_entry(void *arg)
{
    struct coil__coro *self = arg;
    arrive(self);
    struct coil__coro *next = self->entry(self->arg);
    depart(self, next, 1);
    return next;
}

void coil__coro_prepare(struct coil__coro *coro, void *top, void *bottom, coil__coro_entry entry,
                        void *arg)
{
    coro->fake_stack = NULL;
    coro->stack_bottom = bottom;
    coro->stack_size = (size_t)((char *)top - (char *)bottom);
    coro->entry = entry;
    coro->arg = arg;
#ifdef WITH_ASAN
    __asan_unpoison_memory_region(bottom, coro->stack_size);
#endif
#ifdef WITH_TSAN
    coro->tsan_fiber = __tsan_create_fiber(0);
#endif
    coil__frame_lay(coro, top, bottom, hooked_entry, coro);
}

void coil__coro_discard(struct coil__coro *coro)
{
#ifdef WITH_TSAN
    __tsan_destroy_fiber(coro->tsan_fiber);
#endif
    (void)coro;
}

BETWEEN_CONTEXTS void coil__coro_switch(struct coil__coro *from, struct coil__coro *to)
{
    depart(from, to, 0);
    coil__coro_jump(from, to);
    arrive(from);
}

#endif

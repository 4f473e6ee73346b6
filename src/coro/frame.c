/* coro/frame.c: first frames, one form for each switch; and the portable switch on ucontext. */
#include "coro/frame.h"

#include <stdint.h>
#include <string.h>

#ifdef COIL__SWITCH_UCONTEXT

/* The portable fallback: sp points to a ucontext_t that lies on the context's own stack; the thread's own lives in a static per
 * thread. Slower (two system calls for the signal mask each time), but it needs no assembly. */
#include <ucontext.h>

struct fallback {
    ucontext_t context;
    coil__coro_entry entry;
    void *arg;
};

static void begin(unsigned high, unsigned low)
{
    struct fallback *f = (void *)(((uintptr_t)high << 16 << 16) | low);
    struct coil__coro *next = f->entry(f->arg);
    setcontext(&((struct fallback *)next->sp)->context);
}

void coil__frame_lay(struct coil__coro *coro, void *top, void *bottom, coil__coro_entry entry,
                     void *arg)
{
    uintptr_t place = ((uintptr_t)top - sizeof(struct fallback)) & ~(uintptr_t)63;
    struct fallback *f = (void *)place;
    f->entry = entry;
    f->arg = arg;
    getcontext(&f->context);
    f->context.uc_stack.ss_sp = bottom;
    f->context.uc_stack.ss_size = place - (uintptr_t)bottom;
    f->context.uc_link = NULL;
    makecontext(&f->context, (void (*)(void))(void *)begin, 2, (unsigned)(place >> 16 >> 16),
                (unsigned)place);
    coro->sp = f;
}

void coil__coro_jump(struct coil__coro *from, struct coil__coro *to);
void coil__coro_jump(struct coil__coro *from, struct coil__coro *to)
{
    struct fallback here;
    from->sp = &here;
    swapcontext(&here.context, &((struct fallback *)to->sp)->context);
}

void *coil__coro_resume_address(const struct coil__coro *coro)
{
    (void)coro;
    return NULL;
}

#else

void coil__coro_begin(void);

#ifdef __x86_64__
enum { WORDS = 8, FUNCTION = 4, ARGUMENT = 3, RESUME = 7 };
#else
enum { WORDS = 22, FUNCTION = 0, ARGUMENT = 1, RESUME = 11 };
#endif

void coil__frame_lay(struct coil__coro *coro, void *top, void *bottom, coil__coro_entry entry,
                     void *arg)
{
    (void)bottom;
    uintptr_t *frame = (uintptr_t *)top - WORDS;
#ifdef __x86_64__
    __asm__ volatile("stmxcsr %0" : "=m"(((uint32_t *)frame)[0]));
    __asm__ volatile("fnstcw %0" : "=m"(((uint16_t *)frame)[2]));
#else
    memset(frame, 0, WORDS * sizeof *frame);
    uint64_t fpcr;
    __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
    frame[20] = fpcr;
#endif
    frame[FUNCTION] = (uintptr_t)entry;
    frame[ARGUMENT] = (uintptr_t)arg;
    frame[RESUME] = (uintptr_t)coil__coro_begin;
    coro->sp = frame;
}

void *coil__coro_resume_address(const struct coil__coro *coro)
{
    return coro->sp ? (void *)((uintptr_t *)coro->sp)[RESUME] : NULL;
}

#endif

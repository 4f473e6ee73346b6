/* coro/frame.c: first frames, one form for each switch (that for x86-64 is in coro.h); and the portable switch on ucontext. */
#include "coro/coro.h"

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

#ifdef __x86_64__
enum { RESUME = COIL__FRAME_RESUME };
#else
enum { WORDS = 22, FUNCTION = 0, ARGUMENT = 1, RESUME = 11 };

void coil__coro_begin(void);

void coil__frame_lay(struct coil__coro *coro, void *top, void *bottom, coil__coro_entry entry,
                     void *arg)
{
    (void)bottom;
    uintptr_t *frame = (uintptr_t *)top - WORDS;
    memset(frame, 0, WORDS * sizeof *frame);
    uint64_t fpcr;
    __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
    frame[20] = fpcr;
    frame[FUNCTION] = (uintptr_t)entry;
    frame[ARGUMENT] = (uintptr_t)arg;
    frame[RESUME] = (uintptr_t)coil__coro_begin;
    coro->sp = frame;
}
#endif

void *coil__coro_resume_address(const struct coil__coro *coro)
{
    return coro->sp ? (void *)((uintptr_t *)coro->sp)[RESUME] : NULL;
}

#endif

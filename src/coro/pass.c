/* coro/pass.c: the switch that says what the other side returns, on top of any switch: it is left in a place of the thread's and taken
 * from there right after. For x86-64 without sanitizers it is in assembly.
 */
#include "coro/coro.h"

#if defined(COIL__FIBER_HOOKS) || defined(COIL__SWITCH_UCONTEXT) || !defined(__x86_64__)

static __thread struct {
    int (*then)(void *arg);
    void *arg;
    int value;
} told;

static void tell(int value, int (*then)(void *arg), void *arg)
{
    told.value = value;
    told.then = then;
    told.arg = arg;
}

static int go(struct coil__coro *from, struct coil__coro *to)
{
    coil__coro_switch(from, to);
    int (*then)(void *) = told.then;
    told.then = NULL; /* a plain switch brings nobody to call it again */
    return then ? then(told.arg) : told.value;
}

int coil__coro_pass(struct coil__coro *from, struct coil__coro *to, int value)
{
    tell(value, NULL, NULL);
    return go(from, to);
}

int coil__coro_pass_then(struct coil__coro *from, struct coil__coro *to, int (*then)(void *arg),
                         void *arg)
{
    tell(0, then, arg);
    return go(from, to);
}

struct coil__coro *coil__coro_end_then(struct coil__coro *to, int (*then)(void *arg), void *arg)
{
    tell(0, then, arg);
    return to;
}

#endif

/* loop/context.h: the current context, and how it is handed on.
 *
 * A context is a box with an immutable map (base/vars.h). The current box is the running task's, or, outside of tasks, the
 * thread's: callbacks swap that one. NULL stands for an empty context that nobody has looked at; a program that never sets a
 * variable has no other, and everything here is one test of coil__contexts_used.
 */
#ifndef COIL_LOOP_CONTEXT_H
#define COIL_LOOP_CONTEXT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/vars.h"
#include "coil/context.h"
#include "loop/loop.h"

struct coil_context {
    atomic_uint refs;
    atomic_bool entered; /* by coil_context_run                                              */
    coil_context **entered_in; /* while entered: the slot that it is in                      */
    coil_context *outside;     /* while entered: what was in that slot before; a reference   */
    struct coil__vars *vars;
    uint64_t serial; /* of all contexts of the process: what a token remembers              */
};

/* Whether any context of this process ever had a value. */
extern atomic_bool coil__contexts_used;
static inline bool coil__contexts_in_use(void)
{
    return atomic_load_explicit(&coil__contexts_used, memory_order_relaxed);
}
/* The thread's own context, or the one of the callback that runs; a reference. */
extern __thread coil_context *coil__context_of_thread __attribute__((tls_model("initial-exec")));

/* Where the current context is. */
static inline coil_context **coil__context_slot(void)
{
    return coil__here.task ? coil__here.loop->context_of(coil__here.task)
                           : &coil__context_of_thread;
}

/* A copy of the current context for something that is started now; NULL for an empty one. Returns 0 or -ENOMEM. */
int coil__context_copy_current(coil_context **ret_context);
static inline int coil__context_inherit(coil_context **ret_context)
{
    *ret_context = NULL;
    if (__builtin_expect(!coil__contexts_in_use(), 1))
        return 0;
    return coil__context_copy_current(ret_context);
}
/* The given one (another reference), or for NULL a copy of the current. */
static inline int coil__context_given(coil_context *context, coil_context **ret_context)
{
    if (__builtin_expect(!context, 1))
        return coil__context_inherit(ret_context);
    *ret_context = coil_context_ref(context);
    return 0;
}

/* Around a callback: makes `context` (a reference, taken over; may be NULL) current in this thread; leave drops it and
 * puts back what enter returned. */
static inline coil_context *coil__context_enter(coil_context *context)
{
    coil_context *before = coil__context_of_thread;
    coil__context_of_thread = context;
    return before;
}
static inline void coil__context_leave(coil_context *before)
{
    if (coil__context_of_thread)
        coil_context_unref(coil__context_of_thread);
    coil__context_of_thread = before;
}

/* Empties a slot that nobody will look at again, also in the middle of a coil_context_run. */
void coil__context_clear(coil_context **slot);

#endif

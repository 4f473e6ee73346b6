/* task/context.c: running calls, tasks and callbacks in a context.
 *
 * A call in a context swaps the current one, which is the task's own or the thread's, for as long as the call lasts, also while it is
 * suspended. What was current before hangs on the context that was entered, so that a task that is never resumed gives back both.
 */
#include "coil/context.h"

#include <errno.h>

#include "base/memory.h"
#include "task/hand.h"
#include "task/tasks.h"

coil_context **coil__task_context_slot(void *task)
{
    struct coil__task *t = task;
    while (t && coil__task_stands_in(t) && !t->context) /* a coroutine by hand has its driver's */
        t = coil__hand_of(t)->driver;
    return t ? &t->context : &coil__context_of_thread;
}

coil_context *coil_task_context(coil_task *handle)
{
    struct coil__task *t;
    if (coil__task_find(handle, &t) < 0)
        return NULL;
    if (!t->context)
        t->context = coil_context_new();
    return coil_context_ref(t->context);
}

/* ---------------------------------------------------------------- a call ---- */

static int enter(coil_context *context)
{
    coil_context **slot = coil__context_slot();
    if (*slot == context || atomic_exchange(&context->entered, true))
        return coil_fail(-COIL_EINVALIDSTATE, "the context is entered already");
    struct coil__task *t = coil__here.task;
    if (t &&
        coil__task_stands_in(t)) /* its own, and not the driver's, who may go on before it leaves */
        slot = &t->context;
    context->entered_in = slot;
    context->outside = *slot;
    *slot = coil_context_ref(context);
    return 0;
}

static void leave(coil_context *context)
{
    *coil__context_slot() = context->outside;
    context->outside = NULL;
    atomic_store(&context->entered, false);
    coil_context_unref(context);
}

/* Without landing. The call object was claimed by whoever made it run. */
static int run_in(coil_context *context, coil_call *call)
{
    if (!context)
        return -EINVAL;
    int status = coil__call_claim(call);
    if (status < 0)
        return status;
    status = enter(context);
    if (status < 0)
        return status;
    void *generator =
        coil__here.generator; /* who asks for the next item is in a context of his own */
    coil__here.generator = NULL;
    status = coil__call_run(call);
    coil__here.generator = generator;
    leave(context);
    return status;
}

int coil__public_context_run(coil_context *context, const coil_call *call)
{
    coil_call copy = *call;
    int status = run_in(context, &copy);
    if (status >= 0 && copy.fn->land)
        copy.fn->land(copy.args);
    return status;
}

/* ---------------------------------------------------------------- as a call object ---- */

struct run_args {
    coil_context *context;
    coil_call *call; /* in the caller's frame; kept: on the heap */
};

static int enter_run(void *v)
{
    struct run_args *a = v;
    return run_in(a->context, a->call);
}

static void land_run(void *v)
{
    struct run_args *a = v;
    if (a->call->fn->land)
        a->call->fn->land(a->call->args);
}

/* The call becomes a task: what lies in the caller's frame is copied. */
static int keep_run(void *v)
{
    struct run_args *a = v;
    coil_call *copy = coil__malloc(sizeof *copy);
    if (!copy)
        return -ENOMEM;
    *copy = *a->call;
    int err = copy->fn->keep ? copy->fn->keep(copy->args) : 0;
    if (err < 0) {
        coil__free(copy);
        return err;
    }
    a->call = copy;
    coil_context_ref(a->context);
    return 0;
}

static void discard_run(void *v)
{
    struct run_args *a = v;
    if (a->call->fn->discard)
        a->call->fn->discard(a->call->args);
    coil__free(a->call);
    coil_context_unref(a->context);
}

static const coil_fn run_fn = {"coil_context_run", enter_run,   land_run,
                               keep_run,           discard_run, NULL};

coil_call coil__async_coil__public_context_run(coil_context *context, const coil_call *call)
{
    coil_call c = {.fn = &run_fn, .size = sizeof(struct run_args)};
    *(struct run_args *)(void *)c.args = (struct run_args){context, (coil_call *)(uintptr_t)call};
    return c;
}

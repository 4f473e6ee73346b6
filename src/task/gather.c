/* task/gather.c: several calls at once, after asyncio's gather: awaited here, as a future, or as a call for later. */
#include "coil/gather.h"

#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "task/gathering.h"
#include "task/hand.h"

/* A gather that can't begin has used its calls up all the same. */
static void drop_calls(const coil_call *calls, int n)
{
    for (int i = 0; calls && i < n; i++)
        coil__call_drop(&calls[i]);
}

/* The wait was ended before its time. When something was thrown into it by hand, all are cancelled. Else this task was the last of a
 * circle of tasks that await each other, and all know of it: those that were joined may be waiting for it. */
static void leave_early(struct coil__awaitable *outer, struct coil__gathering *g)
{
    struct coil__task *self = coil__here.task;
    if (coil__task_stands_in(self)) {
        self->base.passing = true; /* what is passed on does not come back to us */
        coil__awaitable_cancel(coil__here.loop, outer, NULL);
        self->base.passing = false;
        return;
    }
    coil__gathering_give_up_joined(g);
}

/* Returns when all have ended that were not given up. */
static int await_all(struct coil__awaitable *outer, struct coil__gathering *g)
{
    int status = coil__await(outer);
    while (!coil__awaitable_done(outer)) {
        leave_early(outer, g);
        int err = coil__awaitable_done(outer) ? 0 : coil__wait_done(outer);
        status = err < 0 ? err : status;
    }
    return status;
}

int coil_gather_n(const coil_call *calls, int n, int *ret_statuses)
{
    struct coil__task *self;
    struct coil__future *outer;
    int err = coil__current_or_error(&self);
    if (err >= 0)
        err = coil__gathering_new(calls, n, false, &outer);
    if (err < 0) {
        drop_calls(calls, n);
        return err;
    }
    struct coil__gathering *g = outer->gathering;
    int status = await_all(&outer->base, g);
    struct coil__error *record = coil__error_ref(coil__error_current(status));
    for (int i = 0; i < n && ret_statuses; i++)
        ret_statuses[i] = coil__gathering_status(g, i);
    coil__gathering_land(g);
    coil__error_put(record);
    outer->base.seen = true;
    coil__awaitable_unref(coil__here.loop, &outer->base);
    return status;
}

coil_future *coil_gather_future_n(const coil_call *calls, int n)
{
    struct coil__future *outer;
    int err = coil__gathering_new(calls, n, true, &outer);
    if (err < 0) {
        drop_calls(calls, n);
        coil__create_error = err;
        return NULL;
    }
    return coil__future_handle(coil__here.loop, outer);
}

/* ---------------------------------------------------------------- gather as a call ---- */

struct gather_args {
    const coil_call *calls;
    int n;
};

static int enter_gather(void *v)
{
    struct gather_args *a = v;
    return coil_gather_n(a->calls, a->n, NULL);
}

static void discard_gather(void *v)
{
    struct gather_args *a = v;
    coil_call *calls = (coil_call *)(uintptr_t)a->calls;
    for (int i = 0; i < a->n; i++)
        if (calls[i].fn->discard)
            calls[i].fn->discard(calls[i].args);
    coil__free(calls);
}

/* The call becomes a task: the array, which lies in the caller's frame, is copied, and what it points to. */
static int keep_gather(void *v)
{
    struct gather_args *a = v;
    size_t size = (size_t)a->n * sizeof(coil_call);
    coil_call *copy = coil__malloc(size);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, a->calls, size);
    for (int i = 0; i < a->n; i++) {
        if (!copy[i].fn->keep || copy[i].fn->keep(copy[i].args) >= 0)
            continue;
        struct gather_args kept = {copy, i};
        discard_gather(&kept);
        return -ENOMEM;
    }
    a->calls = copy;
    return 0;
}

static const coil_fn gather_fn = {"coil_gather", enter_gather,   NULL,
                                  keep_gather,   discard_gather, NULL};

coil_call coil__public_gather_call(const coil_call *calls, int n)
{
    coil_call c = {.fn = &gather_fn, .size = sizeof(struct gather_args)};
    *(struct gather_args *)(void *)c.args = (struct gather_args){calls, n};
    return c;
}

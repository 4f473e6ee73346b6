/* task/await.c: the public waits: await, shield, sleep; and their call objects.
 *
 * coil_await and coil_future_await are made here, not by COIL_DECLARE, so that there is one coil_fn of each in the
 * process: gather and wait_for recognise a call that only awaits something and join that something itself.
 */
#include <errno.h>

#include "coil/future.h"
#include "task/hand.h"
#include "task/tasks.h"

__thread int coil__create_error __attribute__((tls_model("initial-exec")));

int coil__create_reason(const char *caller)
{
    int err = coil__create_error;
    coil__create_error = 0;
    return err < 0 ? err : coil_fail(-EINVAL, "%s(NULL)", caller);
}

/* ---------------------------------------------------------------- call objects ---- */

struct await_args {
    coil_task *t;
};
struct future_await_args {
    coil_future *f;
    void **ret_value;
    void *value;
};

static int enter_await(void *v)
{
    struct await_args *a = v;
    return coil_await(a->t);
}

static int enter_future_await(void *v)
{
    struct future_await_args *a = v;
    return coil_future_await(a->f, &a->value);
}

static void land_future_await(void *v)
{
    struct future_await_args *a = v;
    if (a->ret_value)
        *a->ret_value = a->value;
}

static const coil_fn await_fn = {"coil_await", enter_await, NULL, NULL, NULL, NULL};
static const coil_fn future_await_fn = {
    "coil_future_await", enter_future_await, land_future_await, NULL, NULL, NULL};

coil_call coil__async_coil_await(coil_task *t)
{
    coil_call c = {.fn = &await_fn, .size = sizeof(struct await_args)};
    struct await_args *a = (void *)c.args;
    a->t = t;
    return c;
}

coil_call coil__async_coil_future_await(coil_future *f, void **ret_value)
{
    coil_call c = {.fn = &future_await_fn, .size = sizeof(struct future_await_args)};
    struct future_await_args *a = (void *)c.args;
    a->f = f;
    a->ret_value = ret_value;
    return c;
}

/* A future to await; of NULL, why it could not be made. */
static int find_awaited(coil_future *handle, struct coil__future **ret, coil_loop **ret_loop)
{
    return handle ? coil__future_find(handle, ret, ret_loop)
                  : coil__create_reason("coil_future_await");
}

int coil__call_awaitable(const coil_call *call, struct coil__awaitable **ret)
{
    *ret = NULL;
    int err = 0;
    if (call->flags & COIL__CALL_POOL)
        return 0;
    if (call->fn == &await_fn) {
        coil_task *handle = ((const struct await_args *)(const void *)call->args)->t;
        struct coil__task *t = NULL;
        err = handle ? coil__task_find(handle, &t) : coil__create_reason("coil_await");
        if (err >= 0)
            *ret = &t->base;
    } else if (call->fn == &future_await_fn) {
        coil_future *handle = ((const struct future_await_args *)(const void *)call->args)->f;
        struct coil__future *f;
        coil_loop *loop;
        err = find_awaited(handle, &f, &loop);
        if (err >= 0)
            *ret = &f->base;
    }
    return err;
}

/* ---------------------------------------------------------------- await and shield ---- */

static void wake_parked(struct coil__watcher *w, struct coil__awaitable *a)
{
    (void)a;
    coil__unpark(COIL__CONTAINER(w, struct coil__task, waiter));
}

const struct coil__wait_kind coil__done_kind = {"wait", coil__park_cancel, NULL, COIL__RESTS_NOT};

int coil__wait_done(struct coil__awaitable *a)
{
    struct coil__task *self = coil__here.task;
    self->waiter.wake = wake_parked;
    return coil__park(&a->watchers, &coil__done_kind, NULL);
}

int coil__cancel_and_wait(struct coil__awaitable *a)
{
    /* asked before the wait begins: nobody runs in between */
    coil__awaitable_cancel(coil__here.loop, a, NULL);
    return coil__wait_end(a);
}

static int shielded(struct coil__awaitable *a)
{
    if (coil__awaitable_done(a))
        return coil__awaitable_take(a);
    int err = coil__wait_end(a);
    if (err >= 0) {
        err = coil__awaitable_take(a);
        if (err == -ECANCELED)
            coil__error_put(
                NULL); /* the future in between is cancelled in its turn, and that without a message */
    }
    return err;
}

int coil_shield(coil_task *handle)
{
    struct coil__task *self, *t;
    int err = coil__current_or_error(&self);
    if (err < 0)
        return err;
    if (!handle)
        return coil_await(NULL);
    err = coil__task_find(handle, &t);
    if (err < 0)
        return err;
    if (t == self)
        return coil__await(&t->base);
    coil__awaitable_ref(&t->base);
    uint32_t asked = self->cancelling;
    int status = shielded(&t->base);
    if (coil__awaitable_done(&t->base) && !(status == -ECANCELED && self->cancelling > asked))
        coil__task_release_creator(coil__here.loop, t);
    coil__awaitable_unref(coil__here.loop, &t->base);
    return status;
}

int coil_future_await(coil_future *handle, void **ret_value)
{
    struct coil__task *self;
    struct coil__future *f;
    coil_loop *loop;
    int err = coil__current_or_error(&self);
    if (err == -COIL_ENOLOOP)
        err = coil__hand_enter_loop(handle, &self);
    if (err >= 0)
        err = find_awaited(handle, &f, &loop);
    if (err < 0)
        return err;
    coil__awaitable_ref(&f->base);
    int status = coil__await(&f->base);
    if (status >= 0 && ret_value)
        *ret_value = f->value;
    coil__awaitable_unref(loop, &f->base);
    return status;
}

int coil_future_shield(coil_future *handle, void **ret_value)
{
    struct coil__task *self;
    struct coil__future *f;
    coil_loop *loop;
    int err = coil__current_or_error(&self);
    if (err >= 0)
        err = find_awaited(handle, &f, &loop);
    if (err < 0)
        return err;
    coil__awaitable_ref(&f->base);
    int status = shielded(&f->base);
    if (status >= 0 && ret_value)
        *ret_value = f->value;
    coil__awaitable_unref(loop, &f->base);
    return status;
}

/* ---------------------------------------------------------------- sleep ---- */

static const struct coil__wait_kind sleep_kind = {"sleep", coil__park_cancel, NULL, COIL__RESTS};

int coil_sleep(double seconds)
{
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (err < 0)
        return seconds <= 0 ? coil_yield_now() : err;
    if (seconds != seconds)
        return coil_fail(-EINVAL, "coil_sleep: the time is not a number");
    if (seconds <= 0)
        return coil__yield();
    int64_t now = coil__loop_now(coil__here.loop), delay = coil__seconds_to_ns(seconds);
    err = coil__park_until(NULL, &sleep_kind, delay > COIL__NEVER - now ? COIL__NEVER : now + delay,
                           NULL);
    return err == -ETIMEDOUT ? 0 : err;
}

int coil_sleep_result(double seconds, void *result, void **ret_result)
{
    int err = coil_sleep(seconds);
    if (err >= 0 && ret_result)
        *ret_result = result;
    return err;
}

/* task/future.c: a result that somebody sets. */
#include "coil/future.h"

#include <errno.h>

#include "task/gathering.h"
#include "task/tasks.h"

coil_future *coil__future_handle(coil_loop *loop, const struct coil__future *f)
{
    return coil__handle_make(loop, &f->base.head);
}

int coil__future_find(const coil_future *handle, struct coil__future **ret_future,
                      coil_loop **ret_loop)
{
    int err = coil__handle_loop(handle, ret_loop);
    if (err < 0)
        return err;
    if (!(*ret_loop)->tasks)
        return -COIL_ESTALE;
    *ret_future = coil__handle_find(&coil__tasks_of(*ret_loop)->futures, handle);
    return *ret_future ? 0 : -COIL_ESTALE;
}

struct coil__future *coil__future_new(coil_loop *loop)
{
    struct coil__tasks *tasks;
    if (coil__tasks_get(loop, &tasks) < 0)
        return NULL;
    struct coil__future *f = coil__slab_get(&tasks->futures);
    if (!f)
        return NULL;
    coil__awaitable_init(&f->base, COIL__KIND_FUTURE, 1);
    f->value = NULL;
    f->gathering = NULL;
    f->backing = NULL;
    return f;
}

void coil__future_let_go(struct coil__future *f)
{
    struct coil__gathering *gathering = f->gathering;
    struct coil__backing *backing = f->backing;
    f->gathering = NULL;
    f->backing = NULL;
    if (gathering)
        coil__gathering_let_go(gathering);
    if (backing)
        backing->drop(backing);
}

coil_future *coil_loop_create_future(coil_loop *loop)
{
    int err = coil__loop_usable(loop);
    if (err < 0)
        return coil__create_failed(err);
    struct coil__future *f = coil__future_new(loop);
    return f ? coil__future_handle(loop, f) : coil__create_failed(-ENOMEM);
}

coil_future *coil_future_new(void)
{
    coil_loop *loop = coil__here.loop;
    struct coil__future *f = loop ? coil__future_new(loop) : NULL;
    return f ? coil__future_handle(loop, f) : coil__create_failed(loop ? -ENOMEM : -COIL_ENOLOOP);
}

/* Checks that the handle is good and its future still pending. */
static int find_pending(coil_future *handle, struct coil__future **ret, coil_loop **ret_loop)
{
    int err = coil__future_find(handle, ret, ret_loop);
    if (err < 0)
        return err;
    return coil__awaitable_done(&(*ret)->base) ? -COIL_EINVALIDSTATE : 0;
}

int coil_future_set_result(coil_future *handle, void *value)
{
    struct coil__future *f;
    coil_loop *loop;
    int err = find_pending(handle, &f, &loop);
    if (err < 0)
        return err;
    f->value = value;
    coil__awaitable_finish(&f->base, 0, NULL);
    return 0;
}

int coil_future_set_error(coil_future *handle, int error)
{
    struct coil__future *f;
    coil_loop *loop;
    int err = find_pending(handle, &f, &loop);
    if (err < 0)
        return err;
    if (error >= 0)
        return -EINVAL;
    coil__awaitable_finish(&f->base, error, coil__error_ref(coil__error_current(error)));
    return 0;
}

int coil_future_cancel_msg(coil_future *handle, const char *message)
{
    struct coil__future *f;
    coil_loop *loop;
    int err = coil__future_find(handle, &f, &loop);
    if (err < 0)
        return err;
    struct coil__error *e = message ? coil__error_new(-ECANCELED, message, NULL, 0) : NULL;
    return coil__awaitable_cancel(loop, &f->base, e);
}

int coil_future_cancel(coil_future *handle)
{
    return coil_future_cancel_msg(handle, NULL);
}

int coil_future_done(coil_future *handle)
{
    struct coil__future *f;
    coil_loop *loop;
    int err = coil__future_find(handle, &f, &loop);
    return err < 0 ? err : coil__awaitable_done(&f->base);
}

int coil_future_cancelled(coil_future *handle)
{
    struct coil__future *f;
    coil_loop *loop;
    int err = coil__future_find(handle, &f, &loop);
    if (err < 0)
        return err;
    /* a gather that was told to end has failed with a cancellation; asyncio does not call that cancelled */
    return coil__awaitable_done(&f->base) && f->base.status == -ECANCELED && !f->gathering;
}

int coil_future_result(coil_future *handle, void **ret_value)
{
    struct coil__future *f;
    coil_loop *loop;
    int err = coil__future_find(handle, &f, &loop);
    if (err < 0)
        return err;
    if (!coil__awaitable_done(&f->base))
        return -COIL_EINVALIDSTATE;
    int status = coil__awaitable_take(&f->base);
    if (status >= 0 && ret_value)
        *ret_value = f->value;
    return status;
}

int coil_future_add_done_callback(coil_future *handle, coil_future_callback fn, void *arg)
{
    struct coil__future *f;
    coil_loop *loop;
    int err = coil__future_find(handle, &f, &loop);
    if (err < 0)
        return err;
    return fn ? coil__add_done_callback(loop, &f->base, NULL, (int (*)(void *, void *))(void *)fn,
                                        arg)
              : -EINVAL;
}

int coil_future_remove_done_callback(coil_future *handle, coil_future_callback fn, void *arg)
{
    struct coil__future *f;
    coil_loop *loop;
    int err = coil__future_find(handle, &f, &loop);
    if (err < 0)
        return err;
    return coil__remove_done_callback(&f->base, (int (*)(void *, void *))(void *)fn, arg);
}

coil_future *coil_future_ref(coil_future *handle)
{
    struct coil__future *f;
    coil_loop *loop;
    if (coil__future_find(handle, &f, &loop) < 0)
        return NULL;
    coil__awaitable_ref(&f->base);
    return handle;
}

void coil_future_unref(coil_future *handle)
{
    struct coil__future *f;
    coil_loop *loop;
    if (coil__future_find(handle, &f, &loop) >= 0)
        coil__awaitable_unref(loop, &f->base);
}

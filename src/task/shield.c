/* task/shield.c: a shield as a future that one can hold: asyncio.shield(x) without the await.
 *
 * The outer future follows the inner task or future: it is settled by a callback in the turn after the inner one has ended,
 * as shield()'s done callback does it. Cancelling the outer one only cuts the tie.
 * Invariant: while the callback is queued it holds a reference to the outer future, so a shield that goes is not queued.
 */
#include <errno.h>

#include "base/memory.h"
#include "coil/future.h"
#include "task/tasks.h"

struct shield {
    struct coil__backing backing;
    struct coil__watcher watcher;
    struct coil__ready ready;
    coil_loop *loop;
    struct coil__awaitable *inner; /* a reference */
    struct coil__future *outer;    /* whose backing this is */
};

/* The inner one is done, and so is the outer: it has the same outcome, and `error`, whose reference it takes. */
static void settle(struct shield *s, struct coil__error *error)
{
    struct coil__awaitable *inner = s->inner;
    inner->seen =
        true; /* from here on the error is the outer future's to report; a cancelled one drops it */
    if (coil__awaitable_done(&s->outer->base)) {
        coil__error_unref(error);
        return;
    }
    if (inner->kind == COIL__KIND_FUTURE)
        s->outer->value = coil__as_future(inner)->value;
    coil__awaitable_finish(&s->outer->base, inner->status, error);
}

/* A cancelled inner one cancels the outer one, and that without a message. */
static void run_settle(struct coil__ready *node)
{
    struct shield *s = COIL__CONTAINER(node, struct shield, ready);
    settle(s, s->inner->status == -ECANCELED ? NULL : coil__error_ref(s->inner->error));
    coil__awaitable_unref(s->loop, &s->outer->base);
}

static void inner_is_done(struct coil__watcher *w, struct coil__awaitable *a)
{
    struct shield *s = COIL__CONTAINER(w, struct shield, watcher);
    (void)a;
    coil__awaitable_ref(&s->outer->base);
    coil__loop_push(s->loop, &s->ready);
}

static void outer_cancelled(struct coil__backing *b)
{
    struct shield *s = COIL__CONTAINER(b, struct shield, backing);
    coil__list_remove(&s->watcher.link); /* the inner one goes on, and its error is its own again */
}

static void land(struct coil__backing *b)
{
    struct shield *s = COIL__CONTAINER(b, struct shield, backing);
    coil__awaitable_take(s->inner);
}

/* The outer future goes. When somebody had its outcome, that was the join of the inner task. */
static void drop(struct coil__backing *b)
{
    struct shield *s = COIL__CONTAINER(b, struct shield, backing);
    coil__list_remove(&s->watcher.link);
    bool joined = s->outer->base.seen && coil__awaitable_done(s->inner);
    if (joined && s->inner->kind == COIL__KIND_TASK)
        coil__task_release_creator(s->loop, coil__as_task(s->inner));
    coil__awaitable_unref(s->loop, s->inner);
    coil__free(s);
}

static coil_future *shield_of(coil_loop *loop, struct coil__awaitable *inner)
{
    struct shield *s = coil__calloc(1, sizeof *s);
    if (!s)
        return coil__create_failed(-ENOMEM);
    s->outer = coil__future_new(loop);
    if (!s->outer) {
        coil__free(s);
        return coil__create_failed(-ENOMEM);
    }
    s->backing = (struct coil__backing){outer_cancelled, land, drop};
    s->watcher.wake = inner_is_done;
    s->ready.run = run_settle;
    s->loop = loop;
    s->inner = inner;
    coil__awaitable_ref(inner);
    s->outer->backing = &s->backing;
    if (coil__awaitable_done(inner))
        settle(s, coil__error_ref(inner->error));
    else
        coil__watch(inner, &s->watcher);
    return coil__future_handle(loop, s->outer);
}

coil_future *coil_shield_future(coil_task *handle)
{
    struct coil__task *t;
    int err = coil__task_find(handle, &t);
    if (err < 0)
        return coil__create_failed(err);
    return shield_of(coil__task_loop(t), &t->base);
}

coil_future *coil_future_shield_future(coil_future *handle)
{
    struct coil__future *f;
    coil_loop *loop;
    int err = coil__future_find(handle, &f, &loop);
    if (err < 0)
        return coil__create_failed(err);
    if (!coil__awaitable_done(&f->base))
        return shield_of(loop, &f->base);
    coil__awaitable_ref(&f->base);
    return handle;
}

/* task/awaitable.c: one outcome, those who watch it, and the callbacks that users register. */
#include <errno.h>

#include "base/memory.h"
#include "loop/callbacks.h"
#include "task/gathering.h"
#include "task/group.h"
#include "task/hand.h"
#include "task/tasks.h"

void *coil__awaitable_handle(coil_loop *loop, struct coil__awaitable *a)
{
    return coil__handle_make(loop, &a->head);
}

bool coil__awaitable_cancel(coil_loop *loop, struct coil__awaitable *a, struct coil__error *error)
{
    if (a->kind == COIL__KIND_TASK)
        return coil__task_cancel(coil__as_task(a), error);
    struct coil__future *f = coil__as_future(a);
    if (coil__awaitable_done(a)) {
        coil__error_unref(error);
        return false;
    }
    if (f->gathering)
        return coil__gathering_cancel(loop, f->gathering, error);
    coil__awaitable_finish(a, -ECANCELED, error);
    if (f->backing)
        f->backing->cancelled(f->backing);
    return true;
}

struct coil__error *coil__awaitable_hand_on(struct coil__awaitable *a)
{
    struct coil__error *e = a->error;
    if (a->status == -ECANCELED && a->kind == COIL__KIND_TASK)
        a->error = NULL;
    else
        coil__error_ref(e);
    return e;
}

int coil__awaitable_take_all(struct coil__awaitable *a)
{
    a->seen = true;
    if (a->status < 0) {
        coil__error_put(coil__awaitable_hand_on(a));
        return a->status;
    }
    if (a->kind == COIL__KIND_TASK && a->landing) {
        struct coil__task *t = coil__as_task(a);
        a->landing = 0;
        t->fn->land(t->call->args);
        coil__task_drop_stack(coil__tasks_of(coil__loop_by_id(t->loop_id)), t);
    } else if (a->kind == COIL__KIND_FUTURE && coil__as_future(a)->gathering) {
        coil__gathering_land(coil__as_future(a)->gathering);
    } else if (a->kind == COIL__KIND_FUTURE && coil__as_future(a)->backing) {
        coil__as_future(a)->backing->land(coil__as_future(a)->backing);
    }
    return a->status;
}

/* The last handle goes: an error that nobody has seen is reported, with a handle that is good for that long. */
static __attribute__((noinline)) void let_go(coil_loop *loop, struct coil__awaitable *a)
{
    bool task = a->kind == COIL__KIND_TASK;
    if (task && coil__task_stands_in(coil__as_task(a))) {
        coil__hand_free(coil__hand_of(coil__as_task(a)));
        return;
    }
    if (coil__awaitable_done(a) && a->status < 0 && a->status != -ECANCELED && !a->seen) {
        a->seen = true;
        const coil_error *e = coil__error_public(a->error);
        void *handle = coil__awaitable_handle(loop, a);
        const char *message = e ? e->message : coil_error_sentence(a->status);
        if (task)
            coil__task_report(loop, coil__as_task(a), "Task exception was never retrieved",
                              a->status, message);
        else
            coil__loop_report(loop, "Future exception was never retrieved", a->status, message,
                              NULL, handle, NULL);
        if (a->refs > 1) { /* the handler kept it */
            a->refs--;
            return;
        }
    }
    a->refs = 0;
    if (!coil__list_empty(&a->watchers))
        coil__drop_watchers(a);
    if (task) {
        coil__task_free(coil__tasks_of(loop), coil__as_task(a));
        return;
    }
    struct coil__future *f = coil__as_future(a);
    coil__future_let_go(f);
    coil__error_unref(a->error);
    coil__slab_put(&coil__tasks_of(loop)->futures, f);
}

/* A task that succeeded, that nobody watches and that has nothing to free. A stand-in has no such name. */
static inline bool is_plain(const struct coil__awaitable *a)
{
    const struct coil__task *t = (const struct coil__task *)(const void *)a;
    return a->kind == COIL__KIND_TASK && coil__awaitable_done(a) && a->status >= 0 &&
           coil__list_empty(&a->watchers) && !t->stack.top && !coil__task_has_belongings(t);
}

void coil__awaitable_last_unref(coil_loop *loop, struct coil__awaitable *a)
{
    if (__builtin_expect(is_plain(a), 1))
        coil__slab_put(&coil__tasks_of(loop)->slab, a);
    else
        let_go(loop, a);
}

/* ---------------------------------------------------------------- done callbacks ---- */

/* Registered: in the list of watchers. Fired: in the ready FIFO, holding a reference to what it tells about. */
struct done_callback {
    struct coil__watcher watcher;
    struct coil__ready ready;
    struct coil__awaitable *about;
    coil_loop *loop;
    int (*fn)(void *handle, void *arg);
    void *arg;
    coil_context *context; /* a reference, or NULL */
};

static void free_done_callback(struct done_callback *cb)
{
    coil_context_unref(cb->context);
    coil__free(cb);
}

static void run_done_callback(struct coil__ready *node)
{
    struct done_callback *cb = COIL__CONTAINER(node, struct done_callback, ready);
    coil_context *before = coil__context_enter(coil_context_ref(cb->context));
    int err = cb->fn(coil__awaitable_handle(cb->loop, cb->about), cb->arg);
    if (err < 0)
        coil__callback_failed(cb->loop, err, NULL);
    coil__context_leave(before);
    coil__awaitable_unref(cb->loop, cb->about);
    free_done_callback(cb);
}

static void queue_done_callback(struct coil__watcher *w, struct coil__awaitable *a)
{
    struct done_callback *cb = COIL__CONTAINER(w, struct done_callback, watcher);
    coil__awaitable_ref(a);
    coil__loop_push(cb->loop, &cb->ready);
}

int coil__add_done_callback(coil_loop *loop, struct coil__awaitable *a, coil_context *context,
                            int (*fn)(void *, void *), void *arg)
{
    struct done_callback *cb = coil__calloc(1, sizeof *cb);
    if (!cb)
        return -ENOMEM;
    if (coil__context_given(context, &cb->context) < 0) {
        coil__free(cb);
        return -ENOMEM;
    }
    cb->watcher.wake = queue_done_callback;
    cb->ready.run = run_done_callback;
    cb->about = a;
    cb->loop = loop;
    cb->fn = fn;
    cb->arg = arg;
    if (coil__awaitable_done(a))
        queue_done_callback(&cb->watcher, a);
    else
        coil__watch(a, &cb->watcher);
    return 0;
}

int coil__remove_done_callback(struct coil__awaitable *a, int (*fn)(void *, void *), void *arg)
{
    int n = 0;
    COIL__LIST_FOREACH (node, &a->watchers) {
        struct coil__watcher *w = COIL__CONTAINER(node, struct coil__watcher, link);
        struct done_callback *cb = COIL__CONTAINER(w, struct done_callback, watcher);
        if (w->wake != queue_done_callback || cb->fn != fn || cb->arg != arg)
            continue;
        coil__list_remove(node);
        free_done_callback(cb);
        n++;
    }
    return n;
}

void coil__drop_watchers(struct coil__awaitable *a)
{
    COIL__LIST_FOREACH (node, &a->watchers) {
        struct coil__watcher *w = COIL__CONTAINER(node, struct coil__watcher, link);
        coil__list_remove(node);
        if (!coil__gathering_unwatch(w) && !coil__group_unwatch(w) &&
            w->wake == queue_done_callback)
            free_done_callback(COIL__CONTAINER(w, struct done_callback, watcher));
    }
}

bool coil__done_callback_discard(struct coil__ready *node)
{
    if (node->run != run_done_callback)
        return false;
    struct done_callback *cb = COIL__CONTAINER(node, struct done_callback, ready);
    coil__awaitable_unref(cb->loop, cb->about);
    free_done_callback(cb);
    return true;
}

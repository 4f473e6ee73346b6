/* work/bridge.c: between shared futures and loops: a task started from another thread, and a loop's mirror of a shared future. */
#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "coil/loops.h"
#include "loop/callbacks.h"
#include "work/thread_future.h"

/* ---------------------------------------------------------------- a task from outside ---- */

static int enter_task(void *args)
{
    coil_thread_future *f = *(coil_thread_future **)args;
    return coil__call_run(&f->call);
}

/* The task has ended, or is destroyed with its loop: only then nobody is told any more. */
static void discard_task(void *args)
{
    coil_thread_future *f = *(coil_thread_future **)args;
    if (coil__here.task == f->task)
        return;
    coil__list_remove(&f->watcher.link);
    coil__thread_future_settle(f, -COIL_ELOOPCLOSED, NULL, NULL);
    coil_thread_future_free(f);
}

static const coil_fn task_fn = {
    "coil_run_coroutine_threadsafe", enter_task, NULL, NULL, discard_task, NULL};

static void task_ended(struct coil__watcher *w, struct coil__awaitable *a)
{
    coil_thread_future *f = COIL__CONTAINER(w, coil_thread_future, watcher);
    f->task = NULL;
    a->seen = !f->reports;
    coil__thread_future_settle(f, a->status, NULL, a->error);
    coil_thread_future_free(f);
}

/* In the loop. */
static int begin_task(void *arg)
{
    coil_thread_future *f = arg;
    if (coil_thread_future_done(f)) { /* cancelled on the way */
        coil_thread_future_free(f);
        return 0;
    }
    coil_call call = {.fn = &task_fn, .size = sizeof f};
    memcpy(call.args, &f, sizeof f);
    int err = coil__task_new(f->loop, &call, NULL, false, f->file, f->line, &f->task);
    if (err < 0) {
        bool reports = f->reports;
        coil__thread_future_settle(f, err, NULL, coil__error_current(err));
        coil_thread_future_free(f);
        return reports ? err : 0;
    }
    f->watcher.wake = task_ended;
    coil__watch(&f->task->base, &f->watcher);
    f->task->base.owned = false; /* nobody has its handle */
    coil__awaitable_unref(f->loop, &f->task->base);
    return 0;
}

static void never_began(void *arg)
{
    coil_thread_future *f = arg;
    coil__thread_future_settle(f, -COIL_ELOOPCLOSED, NULL, NULL);
    coil_thread_future_free(f);
}

static int cancel_task(void *arg)
{
    coil_thread_future *f = arg;
    if (f->task)
        coil__task_cancel(f->task, NULL);
    coil_thread_future_free(f);
    return 0;
}

static void drop_future(void *arg)
{
    coil_thread_future_free(arg);
}

static void pass_cancel_on(coil_thread_future *f)
{
    coil__thread_future_ref(f);
    if (coil__loop_post_in(&f->cancel_post, f->loop, cancel_task, f, drop_future) < 0)
        coil_thread_future_free(f);
}

static int start(coil_loop *loop, const coil_call *c, const char *file, int line, bool reports,
                 coil_thread_future **ret_future)
{
    int err = loop ? coil__call_claim(c) : -EINVAL;
    if (err < 0)
        return err;
    coil_thread_future *f = coil_thread_future_new();
    if (!f)
        return -ENOMEM;
    f->on_cancel = pass_cancel_on;
    f->loop = loop;
    f->file = file;
    f->line = line;
    f->reports = reports;
    memcpy(&f->call, c, offsetof(coil_call, args) + c->size);
    err = c->fn->keep ? c->fn->keep(f->call.args) : 0;
    if (err < 0)
        goto free_future;
    f->kept = true;
    coil__thread_future_ref(f);
    err = coil__loop_post(loop, begin_task, f, never_began);
    if (err < 0)
        goto unref;
    *ret_future = f;
    return 0;

unref:
    coil_thread_future_free(f);
free_future:
    coil_thread_future_free(f);
    return err;
}

coil_thread_future *coil__public_run_threadsafe(coil_loop *loop, coil_call c, const char *file,
                                                int line)
{
    coil_thread_future *f;
    return start(loop, &c, file, line, false, &f) < 0 ? NULL : f;
}

int coil__public_spawn_threadsafe(coil_loop *loop, coil_call c, const char *file, int line)
{
    coil_thread_future *f;
    int err = start(loop, &c, file, line, true, &f);
    if (err >= 0)
        coil_thread_future_free(f);
    return err;
}

/* ---------------------------------------------------------------- a mirror in a loop ---- */

/* Referenced by the loop's future (its backing) and by the shared future's callback. */
struct mirror {
    struct coil__backing backing;
    atomic_int refs;
    coil_thread_future *original;
    coil_loop *loop;
    struct coil__future *future; /* the loop's thread only; NULL once it has gone */
    struct coil__post post;      /* brings the outcome over; used once            */
};

static void unref_mirror(void *arg)
{
    struct mirror *m = arg;
    if (atomic_fetch_sub(&m->refs, 1) != 1)
        return;
    coil_thread_future_free(m->original);
    coil__free(m);
}

static void mirror_cancelled(struct coil__backing *b)
{
    coil_thread_future_cancel(COIL__CONTAINER(b, struct mirror, backing)->original);
}

static void mirror_lands(struct coil__backing *b)
{
    coil_ignore(
        coil_thread_future_result(COIL__CONTAINER(b, struct mirror, backing)->original, NULL));
}

static void mirror_goes(struct coil__backing *b)
{
    struct mirror *m = COIL__CONTAINER(b, struct mirror, backing);
    m->future = NULL;
    unref_mirror(m);
}

static const struct coil__backing mirror_backing = {mirror_cancelled, mirror_lands, mirror_goes};

/* In the loop. */
static int settle_mirror(void *arg)
{
    struct mirror *m = arg;
    if (m->future && !coil__awaitable_done(&m->future->base)) {
        /* what a settled future holds does not change any more */
        m->future->value = m->original->value;
        coil__awaitable_finish(&m->future->base, m->original->status,
                               coil__error_ref(m->original->error));
    }
    unref_mirror(m);
    return 0;
}

/* In the thread that settles the original. */
static void original_settled(coil_thread_future *f, void *arg)
{
    struct mirror *m = arg;
    (void)f;
    if (coil__loop_post_in(&m->post, m->loop, settle_mirror, m, unref_mirror) < 0)
        unref_mirror(m);
}

coil_future *coil_wrap_future(coil_thread_future *original)
{
    coil_loop *loop = coil__here.loop;
    if (!loop || !original)
        return coil__create_failed(loop ? -EINVAL : -COIL_ENOLOOP);
    struct mirror *m = coil__calloc(1, sizeof *m);
    if (!m)
        return coil__create_failed(-ENOMEM);
    m->backing = mirror_backing;
    atomic_init(&m->refs, 2);
    m->original = original;
    m->loop = loop;
    m->future = coil__future_new(loop);
    if (!m->future)
        goto free_mirror;
    coil_future *handle = coil__future_handle(loop, m->future);
    coil__thread_future_ref(original);
    m->future->backing = &m->backing;
    if (coil_thread_future_add_done_callback(original, original_settled, m) >= 0)
        return handle;
    unref_mirror(m); /* the callback's */
    coil__awaitable_unref(loop, &m->future->base);
    return coil__create_failed(-ENOMEM);

free_mirror:
    coil__free(m);
    return coil__create_failed(-ENOMEM);
}

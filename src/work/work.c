/* work/work.c: a job seen from its loop: submitted, awaited or held by a future, delivered, and let go when the loop closes.
 *
 * Each loop that has used a pool has an office here: the list of its jobs on the way, and its default pool. Closing the loop waits for
 * what runs, since a job's pointers may lead into what the loop is about to free.
 */
#include "work/held.h"

#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "coil/threads.h"

struct office {
    struct coil__attachment attachment;
    struct coil__list jobs; /* submitted, not delivered */
    struct coil__executor *default_pool;
};
static const char office_key;

/* ---------------------------------------------------------------- the count ---- */

void coil__work_unref(struct coil__work *w)
{
    if (--w->refs > 0)
        return;
    if (w->kept && w->call.fn->discard)
        w->call.fn->discard(w->call.args);
    coil__error_unref(w->error);
    coil_context_unref(w->context);
    if (w->executor->forget)
        w->executor->forget(w->executor, w);
    coil__executor_unref(w->executor);
    coil__free(w);
}

/* The loop's part is over: mailed and run, dropped, or forgotten at close. */
void coil__work_let_go(struct coil__work *w)
{
    coil__list_remove(&w->link);
    coil__held_stop(w);
    struct coil__future *f = w->future;
    w->future = NULL;
    if (f)
        coil__awaitable_unref(w->loop, &f->base);
    coil__work_unref(w);
}

void coil__work_land(struct coil__work *w)
{
    if (w->landed)
        return;
    w->landed = true;
    if (w->out) {
        void *to = ((void **)(void *)w->call.args)[1];
        if (to)
            memcpy(to, w->out, w->call.fn->remote->out_size);
    } else if (w->call.fn->land) {
        w->call.fn->land(w->call.args);
    }
}

void coil__work_deliver(struct coil__ready *node)
{
    struct coil__mail *mail = COIL__CONTAINER(node, struct coil__mail, ready);
    struct coil__work *w = COIL__CONTAINER(mail, struct coil__work, mail);
    if (w->waiter)
        coil__task_wake(w->waiter);
    w->waiter = NULL;
    if (w->future && !coil__awaitable_done(&w->future->base)) {
        w->settled = true;
        coil__awaitable_finish(&w->future->base, w->status, coil__error_ref(w->error));
    }
    coil__work_let_go(w);
}

/* ---------------------------------------------------------------- the office ---- */

static void free_default(struct office *o)
{
    if (o->default_pool)
        coil_pool_free(&o->default_pool->pool);
    o->default_pool = NULL;
}

static void shut_default(struct coil__attachment *a, coil_loop *loop)
{
    struct office *o = COIL__CONTAINER(a, struct office, attachment);
    (void)loop;
    /* a cancellation of the shutdown itself does not leave threads behind: close waits for them */
    if (o->default_pool)
        coil_ignore(coil_pool_shutdown(&o->default_pool->pool));
}

/* All that has not begun, before anything is waited for: the end of one job would begin another. */
static void drop_queued(struct office *o)
{
    COIL__LIST_FOREACH (node, &o->jobs) {
        struct coil__work *w = COIL__CONTAINER(node, struct coil__work, link);
        if (!coil__executor_drop(w->executor, w))
            continue;
        atomic_store(&w->over, true);
        w->status = -ECANCELED;
        coil__work_let_go(w);
    }
}

static void close_office(struct coil__attachment *a, coil_loop *loop)
{
    struct office *o = COIL__CONTAINER(a, struct office, attachment);
    COIL__LIST_FOREACH (node, &o->jobs)
        COIL__CONTAINER(node, struct coil__work, link)->future = NULL; /* gone with the tasks */
    drop_queued(o);
    COIL__LIST_FOREACH (node, &o->jobs) {
        struct coil__work *w = COIL__CONTAINER(node, struct coil__work, link);
        coil__executor_wait(w->executor, w);
    }
    coil__loop_forget(loop, coil__work_deliver);
    COIL__LIST_FOREACH (node, &o->jobs)
        coil__work_let_go(COIL__CONTAINER(node, struct coil__work, link));
    free_default(o);
    coil__free(o);
}

static int get_office(coil_loop *loop, struct office **ret)
{
    if (!loop)
        return -COIL_ENOLOOP;
    struct coil__attachment *a = coil__loop_attachment(loop, &office_key);
    if (a) {
        *ret = COIL__CONTAINER(a, struct office, attachment);
        return 0;
    }
    struct office *o = coil__calloc(1, sizeof *o);
    if (!o)
        return -ENOMEM;
    coil__list_init(&o->jobs);
    o->attachment.shutdown = shut_default;
    o->attachment.close = close_office;
    coil__loop_attach(loop, &o->attachment, &office_key);
    *ret = o;
    return 0;
}

int coil__work_default(struct coil__executor **ret_executor)
{
    struct office *o;
    int err = get_office(coil__here.loop, &o);
    if (err < 0)
        return err;
    if (!o->default_pool) {
        coil_pool *pool;
        err = coil_thread_pool_new(0, &pool);
        if (err < 0)
            return err;
        o->default_pool = COIL__CONTAINER(pool, struct coil__executor, pool);
    }
    *ret_executor = o->default_pool;
    return 0;
}

/* ---------------------------------------------------------------- submitting ---- */

/* Makes a job with the loop's reference; it is in the office's list. call NULL: a barrier. */
int coil__work_new(struct coil__executor *x, const coil_call *call, struct coil__work **ret)
{
    struct office *o;
    int err = get_office(coil__here.loop, &o);
    if (err < 0)
        return err;
    const size_t size = (sizeof(struct coil__work) + 15) & ~(size_t)15;
    struct coil__work *w = coil__malloc(size + (x->room && call ? x->room(call) : 0));
    if (!w)
        return -ENOMEM;
    memset(w, 0, sizeof *w);
    w->room = (char *)w + size;
    w->mail.ready.run = coil__work_deliver;
    w->loop = coil__here.loop;
    w->refs = 1;
    w->barrier = !call;
    if (call)
        memcpy(&w->call, call, offsetof(coil_call, args) + call->size);
    atomic_fetch_add(&x->refs, 1);
    w->executor = x;
    coil__list_append(&o->jobs, &w->link);
    *ret = w;
    return 0;
}

int coil__work_submit(struct coil__work *w)
{
    int err = w->executor->accept(w->executor, w);
    return err < 0 ? err : coil__executor_submit(w->executor, w);
}

/* ---------------------------------------------------------------- awaiting ---- */

static bool work_cancel(struct coil__task *t)
{
    struct coil__work *w = t->subject;
    t->wait_cancelled = true;
    atomic_store_explicit(&w->cancelled, true, memory_order_release);
    if (coil__executor_drop(w->executor, w)) {
        w->waiter = NULL;
        w->status = -ECANCELED;
        coil__task_wake(t);
        coil__work_let_go(w);
    }
    return true;
}

/* The loop closes: the job may use what the task's stack holds. */
static void work_abandon(struct coil__task *t)
{
    struct coil__work *w = t->subject;
    struct office *o;
    w->waiter = NULL;
    if (get_office(w->loop, &o) >= 0) /* it exists: the job is in its list */
        drop_queued(o);
    coil__executor_wait(w->executor, w);
    coil__work_unref(w);
}

static const struct coil__wait_kind work_kind = {"thread", work_cancel, work_abandon,
                                                 COIL__RESTS_NOT};

/* Suspends until the job was delivered or dropped. Takes over the caller's reference of w. */
static int await_work(struct coil__work *w, coil_call *call)
{
    struct coil__task *self = coil__here.task;
    w->waiter = self;
    self->wait_state = COIL__WAIT_PENDING;
    coil__suspend(&work_kind, w);
    int status = w->status;
    if (self->wait_cancelled && self->cancelling > 0)
        self->must_cancel = true;
    int cancelled = coil__take_cancel(self);
    if (cancelled < 0) {
        status = cancelled;
    } else if (status < 0) {
        coil__error_put(coil__error_ref(w->error));
    } else if (call && w->out) {
        coil__work_land(w);
    } else if (call) {
        memcpy(call->args, w->call.args, call->size);
    }
    coil__work_unref(w);
    return status;
}

int coil__work_run(struct coil__executor *x, coil_call *call)
{
    struct coil__task *self;
    struct coil__work *w;
    int err = coil__current_or_error(&self);
    if (err < 0)
        return err;
    if (self->must_cancel) /* nothing is begun for a task that was told to end */
        return coil__yield();
    err = coil__work_new(x, call, &w);
    if (err < 0)
        return err;
    err = coil__context_inherit(&w->context);
    if (err >= 0)
        err = coil__work_submit(w);
    if (err < 0) {
        coil__work_let_go(w);
        return err;
    }
    w->refs++;
    return await_work(w, call);
}

int coil_pool_shutdown(coil_pool *pool)
{
    struct coil__task *self;
    struct coil__work *w;
    int err = coil__current_or_error(&self);
    if (err < 0)
        return err;
    struct coil__executor *x;
    if (!pool)
        return -EINVAL;
    if (pool == &coil__default_pool) {
        err = coil__work_default(&x);
        if (err < 0)
            return err;
    } else {
        x = COIL__CONTAINER(pool, struct coil__executor, pool);
    }
    err = coil__work_new(x, NULL, &w);
    if (err < 0)
        return err;
    if (!coil__executor_shut(x, w)) {
        coil__work_let_go(w);
        return 0;
    }
    w->refs++;
    return await_work(w, NULL);
}

int coil_loop_shutdown_default_executor(void)
{
    return coil_pool_shutdown(&coil__default_pool);
}

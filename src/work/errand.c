/* work/errand.c: coil_to_loop: a call that runs as a task of another loop while a task of this one waits for it.
 *
 * The errand lies on the waiting task's stack, and so do the call's arguments, on which the other loop works in place. So nothing
 * may be on its way to it any more when the task goes on: neither the request, nor a cancellation, nor the answer. Who has the last
 * word is decided by `state`, in one exchange:
 *
 *   GOING  - the other loop has it, or its request is in that loop's inbox
 *   ASKED  - and a cancellation is in that inbox: whoever ends the errand leaves the answer to the cancellation's arrival
 *   ENDED  - status and error are there
 *
 * Home is the loop of the waiting task, there is the other one.
 */
#include "work/errand.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "loop/callbacks.h"
#include "task/pool.h"
#include "task/task.h"

enum { GOING, ASKED, ENDED };
enum { MOMENT_NS = 1000000 };

struct errand {
    struct coil__post request, cancel;
    struct coil__mail answer;
    coil_loop *home, *there;
    struct coil__task *waiter;
    coil_call *call;
    coil_context *context;
    atomic_int state;
    int status; /* from ENDED on */
    struct coil__error *error;
    bool abandoned, answered; /* under the lock of endings */
    /* the other loop's thread only */
    struct coil__task *task; /* while it runs there */
    struct coil__watcher watcher;
};

/* The waiting task may be destroyed with its loop: the lock decides whether the answer still finds it. */
struct ending {
    pthread_mutex_t lock;
    pthread_cond_t change;
};
enum { ENDINGS = 16 }; /* loops share one only when there are many */
static struct ending endings[ENDINGS] = {
    [0 ... ENDINGS - 1] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER}};

static struct ending *ending_at(const coil_loop *home)
{
    return &endings[home->id % ENDINGS];
}

/* Mail from a task that is about to suspend, or from one that has just ended, may travel with its loop's next system call. */
static void defer_wakes(bool on)
{
    if (coil__here.loop)
        coil__here.loop->defers_wakes = on;
}

/* ---------------------------------------------------------------- there ---- */

static void answer(struct errand *e)
{
    struct ending *at = ending_at(e->home);
    pthread_mutex_lock(&at->lock);
    e->answered = true;
    if (e->abandoned) {
        pthread_cond_broadcast(&at->change);
    } else {
        defer_wakes(true);
        coil__loop_mail(e->home, &e->answer); /* from here on the errand may be gone */
        defer_wakes(false);
    }
    pthread_mutex_unlock(&at->lock);
}

static void end(struct errand *e, int status, struct coil__error *error)
{
    e->status = status;
    e->error = coil__error_ref(error);
    if (atomic_exchange(&e->state, ENDED) != ASKED)
        answer(e);
}

static int enter_task(void *args)
{
    struct errand *e = *(struct errand **)args;
    return e->call->fn->enter(e->call->args);
}

/* The task has ended, or is destroyed with its loop: only then there is nobody else to tell. */
static void discard_task(void *args)
{
    struct errand *e = *(struct errand **)args;
    if (coil__here.task == e->task)
        return;
    coil__list_remove(&e->watcher.link);
    end(e, -COIL_ELOOPCLOSED, NULL);
}

static const coil_fn task_fn = {"coil_to_loop", enter_task, NULL, NULL, discard_task, NULL};

static void task_ended(struct coil__watcher *w, struct coil__awaitable *a)
{
    struct errand *e = COIL__CONTAINER(w, struct errand, watcher);
    e->task = NULL;
    a->seen = true;
    end(e, a->status, a->error);
}

static int begin(void *arg)
{
    struct errand *e = arg;
    coil_call call = {.fn = &task_fn, .size = sizeof e};
    memcpy(call.args, &e, sizeof e);
    int err = coil__task_new_in(e->there, e->context, &call, e->call->fn->name, false, __FILE__,
                                __LINE__, &e->task);
    if (err < 0) {
        end(e, err, coil__error_current(err));
        return 0;
    }
    e->watcher.wake = task_ended;
    coil__watch(&e->task->base, &e->watcher);
    e->task->base.owned = false; /* nobody has its handle */
    coil__awaitable_unref(e->there, &e->task->base);
    return 0;
}

static void never_began(void *arg)
{
    end(arg, -COIL_ELOOPCLOSED, NULL);
}

/* The cancellation has arrived: true when the errand goes on. */
static bool take_in(struct errand *e)
{
    int asked = ASKED;
    if (atomic_compare_exchange_strong(&e->state, &asked, GOING))
        return true;
    answer(e);
    return false;
}

static int cancel_task(void *arg)
{
    struct errand *e = arg;
    struct coil__task *t = e->task;
    if (take_in(e) && t)
        coil__task_cancel(t, NULL);
    return 0;
}

static void cancel_dropped(void *arg)
{
    take_in(arg);
}

/* ---------------------------------------------------------------- home ---- */

static void come_home(struct coil__ready *node)
{
    struct coil__mail *mail = COIL__CONTAINER(node, struct coil__mail, ready);
    coil__task_wake(COIL__CONTAINER(mail, struct errand, answer)->waiter);
}

/* Requests that come while one is on its way are one with it. */
static bool errand_cancel(struct coil__task *t)
{
    struct errand *e = t->subject;
    int going = GOING;
    t->wait_cancelled = true;
    if (atomic_compare_exchange_strong(&e->state, &going, ASKED) &&
        coil__loop_post_in(&e->cancel, e->there, cancel_task, e, cancel_dropped) < 0)
        take_in(e); /* that loop has closed: its end is the answer */
    return true;
}

/* This loop closes, and the task there works on our stack. */
static void errand_abandon(struct coil__task *t)
{
    struct errand *e = t->subject;
    struct ending *at = ending_at(e->home);
    pthread_mutex_lock(&at->lock);
    e->abandoned = true;
    pthread_mutex_unlock(&at->lock);
    errand_cancel(t);
}

static bool errand_outlast(struct coil__task *t)
{
    struct errand *e = t->subject;
    struct ending *at = ending_at(e->home);
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += MOMENT_NS;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&at->lock);
    if (!e->answered)
        pthread_cond_timedwait(&at->change, &at->lock, &until);
    bool answered = e->answered;
    pthread_mutex_unlock(&at->lock);
    if (!answered)
        return false;
    coil__loop_forget(e->home,
                      come_home); /* the answer may have been on its way before the close */
    coil__error_unref(e->error);
    coil_context_unref(e->context);
    return true;
}

static const struct coil__outlast_kind errand_kind = {
    {"another loop", errand_cancel, coil__abandon_and_outlast, COIL__RESTS_NOT},
    errand_abandon,
    errand_outlast};

static int go(struct errand *e)
{
    int err = coil__context_inherit(&e->context);
    if (err < 0)
        return err;
    defer_wakes(!e->waiter->eager_back); /* whoever started it eagerly goes on first */
    err = coil__loop_post_in(&e->request, e->there, begin, e, never_began);
    defer_wakes(false);
    if (err < 0) {
        coil_context_unref(e->context);
        return err;
    }
    e->waiter->wait_state = COIL__WAIT_PENDING;
    coil__suspend(&errand_kind.kind, e);
    coil_context_unref(e->context);
    if (e->status < 0)
        coil__error_put(e->error);
    return e->status;
}

/* ---------------------------------------------------------------- call objects ---- */

/* A loop as something that runs calls. */
struct loop_pool {
    struct coil_pool pool;
    _Atomic(coil_loop *) loop;
};

static int run(coil_pool *pool, coil_call *call)
{
    struct coil__task *self;
    coil_loop *there = atomic_load(&COIL__CONTAINER(pool, struct loop_pool, pool)->loop);
    int err = coil__current_or_error(&self);
    if (err < 0)
        return err;
    if (there == coil__here.loop)
        return call->fn->enter(call->args);
    if (coil_loop_is_closed(there))
        return coil_fail(-COIL_ELOOPCLOSED, "%s: the loop is closed", call->fn->name);
    if (coil__loop_is_mine(there))
        return coil_fail(-COIL_EWRONGTHREAD,
                         "%s: a loop of this thread can't run while another one does",
                         call->fn->name);
    if (self->must_cancel) /* nothing is begun for a task that was told to end */
        return coil__yield();
    struct errand e = {.answer.ready.run = come_home,
                       .home = coil__here.loop,
                       .there = there,
                       .waiter = self,
                       .call = call};
    return go(&e);
}

static int refuse(coil_pool *pool, coil_call *call)
{
    (void)pool;
    return coil_fail(-EINVAL, "%s: there is no loop to run it", call->fn->name);
}

static const struct coil__pool_ops ops = {run}, nowhere_ops = {refuse};
static struct coil_pool nowhere = {&nowhere_ops};

enum { LOOPS = 256 }; /* a loop's place here is its id */
static struct loop_pool pools[LOOPS] = {[0 ... LOOPS - 1] = {{&ops}, NULL}};

void coil__errand_route(coil_call *call, coil_loop *loop)
{
    if (call->flags & COIL__CALL_POOL)
        call->flags |= COIL__CALL_BAD;
    call->flags |= COIL__CALL_POOL;
    call->via = &nowhere;
    if (!loop)
        return;
    struct loop_pool *p = &pools[loop->id];
    atomic_store(&p->loop, loop);
    call->via = &p->pool;
}

coil_call coil__async_coil__public_to_loop(coil_loop *loop, coil_call call)
{
    if (call.flags & COIL__CALL_TIMEOUT)
        call.flags |= COIL__CALL_BAD;
    coil__errand_route(&call, loop);
    return call;
}

int coil__public_to_loop(coil_loop *loop, coil_call call)
{
    return coil_perform(coil__async_coil__public_to_loop(loop, call));
}

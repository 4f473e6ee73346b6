/* work/thread_future.c: a future that threads share, and the bridges between it and a loop.
 *
 * Settled once, under its lock; callbacks are called outside of it, by the thread that settles. References: the owner's handle, and
 * one for each bridge: the task that runs its call in a loop, each mirror's callback.
 */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "loop/callbacks.h"
#include "work/thread_future.h"

struct callback {
    struct coil__list link;
    coil_thread_future_callback fn;
    void *arg;
};

/* ---------------------------------------------------------------- life ---- */

coil_thread_future *coil_thread_future_new(void)
{
    coil_thread_future *f = coil__calloc(1, sizeof *f);
    if (!f)
        return NULL;
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&f->settled, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&f->lock, NULL);
    coil__list_init(&f->callbacks);
    atomic_init(&f->refs, 1);
    return f;
}

void coil__thread_future_ref(coil_thread_future *f)
{
    atomic_fetch_add_explicit(&f->refs, 1, memory_order_relaxed);
}

void coil_thread_future_free(coil_thread_future *f)
{
    if (!f || atomic_fetch_sub_explicit(&f->refs, 1, memory_order_acq_rel) != 1)
        return;
    struct coil__list *node;
    while ((node = coil__list_pop(&f->callbacks)))
        coil__free(COIL__CONTAINER(node, struct callback, link));
    if (f->kept && f->call.fn->discard)
        f->call.fn->discard(f->call.args);
    coil__error_unref(f->error);
    pthread_cond_destroy(&f->settled);
    pthread_mutex_destroy(&f->lock);
    coil__free(f);
}

/* ---------------------------------------------------------------- settling ---- */

int coil__thread_future_settle(coil_thread_future *f, int status, void *value,
                               struct coil__error *error)
{
    struct coil__list callbacks;
    coil__list_init(&callbacks);
    pthread_mutex_lock(&f->lock);
    bool was_done = f->done;
    if (!was_done) {
        f->done = true;
        f->status = status;
        f->value = value;
        f->error = coil__error_ref(error);
        coil__list_splice(&callbacks, &f->callbacks);
        pthread_cond_broadcast(&f->settled);
    }
    pthread_mutex_unlock(&f->lock);
    struct coil__list *node;
    while ((node = coil__list_pop(&callbacks))) {
        struct callback *c = COIL__CONTAINER(node, struct callback, link);
        c->fn(f, c->arg);
        coil__free(c);
    }
    return was_done ? -COIL_EINVALIDSTATE : 0;
}

int coil_thread_future_set_result(coil_thread_future *f, void *value)
{
    return f ? coil__thread_future_settle(f, 0, value, NULL) : -EINVAL;
}

int coil_thread_future_set_error(coil_thread_future *f, int err)
{
    if (!f || err >= 0)
        return -EINVAL;
    return coil__thread_future_settle(f, err, NULL, coil__error_current(err));
}

int coil_thread_future_cancel(coil_thread_future *f)
{
    if (!f)
        return 0;
    if (coil__thread_future_settle(f, -ECANCELED, NULL, NULL) < 0)
        return coil_thread_future_cancelled(f);
    if (f->on_cancel)
        f->on_cancel(f);
    return 1;
}

int coil_thread_future_add_done_callback(coil_thread_future *f, coil_thread_future_callback fn,
                                         void *arg)
{
    if (!f || !fn)
        return -EINVAL;
    struct callback *c = coil__calloc(1, sizeof *c);
    if (!c)
        return -ENOMEM;
    c->fn = fn;
    c->arg = arg;
    pthread_mutex_lock(&f->lock);
    bool done = f->done;
    if (!done)
        coil__list_append(&f->callbacks, &c->link);
    pthread_mutex_unlock(&f->lock);
    if (done) {
        coil__free(c);
        fn(f, arg);
    }
    return 0;
}

/* ---------------------------------------------------------------- asking ---- */

/* Under the lock, when it is done: the outcome, with its record, and the outputs, once. */
static int take(coil_thread_future *f, void **ret_value)
{
    coil__error_put(f->status < 0 ? coil__error_ref(f->error) : NULL);
    if (f->status < 0)
        return f->status;
    if (f->call.fn && f->call.fn->land && !f->landed)
        f->call.fn->land(f->call.args);
    f->landed = true;
    if (ret_value)
        *ret_value = f->value;
    return f->status;
}

int coil_thread_future_wait(coil_thread_future *f, double seconds)
{
    if (!f || isnan(seconds))
        return -EINVAL;
    struct timespec until;
    int64_t now = coil__clock_monotonic(), delay = coil__seconds_to_ns(seconds);
    int64_t when = delay > COIL__NEVER - now ? COIL__NEVER : now + (delay > 0 ? delay : 0);
    until.tv_sec = when / 1000000000;
    until.tv_nsec = when % 1000000000;
    pthread_mutex_lock(&f->lock);
    int err = 0;
    while (!f->done && !err)
        err = when == COIL__NEVER ? pthread_cond_wait(&f->settled, &f->lock)
                                  : pthread_cond_timedwait(&f->settled, &f->lock, &until);
    int status = f->done ? take(f, NULL) : -ETIMEDOUT;
    pthread_mutex_unlock(&f->lock);
    return status;
}

int coil_thread_future_result(coil_thread_future *f, void **ret_value)
{
    if (!f)
        return -EINVAL;
    pthread_mutex_lock(&f->lock);
    int status = f->done ? take(f, ret_value) : -COIL_EINVALIDSTATE;
    pthread_mutex_unlock(&f->lock);
    return status;
}

int coil_thread_future_done(coil_thread_future *f)
{
    if (!f)
        return 0;
    pthread_mutex_lock(&f->lock);
    int done = f->done;
    pthread_mutex_unlock(&f->lock);
    return done;
}

int coil_thread_future_cancelled(coil_thread_future *f)
{
    if (!f)
        return 0;
    pthread_mutex_lock(&f->lock);
    int cancelled = f->done && f->status == -ECANCELED;
    pthread_mutex_unlock(&f->lock);
    return cancelled;
}

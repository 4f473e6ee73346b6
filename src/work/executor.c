/* work/executor.c: pools: the queue's side of a job, and the public life of a pool. */
#include "work/held.h"

#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "base/memory.h"
#include "coil/threads.h"

static __thread struct coil__work *running;

int coil_thread_cancelled(void)
{
    return running && atomic_load_explicit(&running->cancelled, memory_order_acquire);
}

/* ---------------------------------------------------------------- the queue ---- */

/* The job leaves the executor for its loop, which may free it at once. The loop is alive until the mail is sent: a close that has seen
 * `over` waits for its senders. */
static void mail(struct coil__work *w)
{
    coil_loop *loop = w->loop;
    atomic_fetch_add(&loop->senders, 1);
    atomic_store(&w->over, true);
    coil__loop_mail(loop, &w->mail);
    atomic_fetch_sub(&loop->senders, 1);
}

/* Not under the lock: one job less, whose mail has been sent. The barriers fall with the last. */
static void one_less(struct coil__executor *x)
{
    atomic_fetch_sub(&x->outstanding, 1);
    if (atomic_load(&x->watchers) == 0)
        return;
    pthread_mutex_lock(&x->lock);
    struct coil__list *node;
    while (atomic_load(&x->outstanding) == 0 && (node = coil__list_pop(&x->waiters))) {
        struct coil__job *job = COIL__CONTAINER(node, struct coil__job, link);
        mail(COIL__CONTAINER(job, struct coil__work, job));
    }
    pthread_cond_broadcast(&x->change);
    pthread_mutex_unlock(&x->lock);
}

/* In a thread of the crew. */
static void run(struct coil__job *job)
{
    struct coil__work *w = COIL__CONTAINER(job, struct coil__work, job);
    struct coil__executor *x = w->executor;
    running = w;
    w->status = x->perform(x, w);
    running = NULL;
    if (w->status < 0 && !w->error)
        w->error = coil__error_ref(coil__error_current(w->status));
    coil__error_put(NULL);
    atomic_fetch_sub(&x->undone, 1);
    coil__crew_leaving();
    mail(w);
    one_less(x);
}

/* ---------------------------------------------------------------- jobs that their loops hold ---- */

void coil__executor_ended(struct coil__executor *x, struct coil__work *w)
{
    atomic_fetch_sub(&x->undone, 1);
    atomic_store(&w->over, true);
    coil__loop_push(w->loop, &w->mail.ready);
    one_less(x);
}

/* There are threads: one of them made the worker that has the job. */
void coil__executor_take_over_locked(struct coil__executor *x, struct coil__work *w)
{
    coil_ignore(coil__crew_submit(x->crew, &w->job));
}

void coil__executor_take_over(struct coil__executor *x, struct coil__work *w)
{
    pthread_mutex_lock(&x->lock);
    coil__executor_take_over_locked(x, w);
    pthread_mutex_unlock(&x->lock);
}

/* ---------------------------------------------------------------- submitting and taking back ---- */

/* Under the lock. Where a job must wait for a place, threads take over all that have one: it is then first come, first served. */
static int enqueue(struct coil__executor *x, struct coil__work *w)
{
    if (atomic_load(&x->undone) > x->places)
        coil__held_release_all(x);
    return coil__crew_submit(x->crew, &w->job);
}

int coil__executor_submit(struct coil__executor *x, struct coil__work *w)
{
    w->job.run = run;
    pthread_mutex_lock(&x->lock);
    if (x->crew)
        coil__crew_set_spin(x->crew,
                            w->loop->spin.limit_ns); /* as the last who asked would have it */
    int err = 0;
    if (x->shut)
        err = coil_fail(-COIL_EPOOLSHUTDOWN,
                        "%s: the pool has been shut down and takes no new jobs", w->call.fn->name);
    bool held = err >= 0 && x->begin && x->begin(x, w);
    atomic_fetch_add(&x->outstanding, 1); /* before anybody can end it */
    atomic_fetch_add(&x->undone, 1);
    if (held)
        coil__list_append(&x->held, &w->held->link);
    else if (err >= 0)
        err = enqueue(x, w);
    if (err < 0) {
        atomic_fetch_sub(&x->outstanding, 1);
        atomic_fetch_sub(&x->undone, 1);
    }
    pthread_mutex_unlock(&x->lock);
    if (held)
        coil__held_watch(w);
    return err;
}

bool coil__executor_shut(struct coil__executor *x, struct coil__work *barrier)
{
    pthread_mutex_lock(&x->lock);
    x->shut = true;
    atomic_fetch_add(&x->watchers, 1); /* for ever: whoever ends the last job looks for barriers */
    coil__held_release_all(x);
    bool wait = atomic_load(&x->outstanding) > 0 && barrier;
    if (wait)
        coil__list_append(&x->waiters, &barrier->job.link);
    pthread_mutex_unlock(&x->lock);
    return wait;
}

bool coil__executor_drop(struct coil__executor *x, struct coil__work *w)
{
    pthread_mutex_lock(&x->lock);
    bool dropped = false;
    if (w->barrier) {
        dropped = !atomic_load(&w->over);
        if (dropped)
            coil__list_remove(&w->job.link);
        pthread_mutex_unlock(&x->lock);
        return dropped;
    }
    dropped = !w->worker && x->crew && coil__crew_cancel(x->crew, &w->job);
    pthread_mutex_unlock(&x->lock);
    if (dropped) {
        atomic_fetch_sub(&x->undone, 1);
        one_less(x);
    }
    return dropped;
}

void coil__executor_wait(struct coil__executor *x, struct coil__work *w)
{
    atomic_fetch_add(&x->watchers, 1);
    pthread_mutex_lock(&x->lock);
    coil__held_release(x, w);
    while (!atomic_load(&w->over))
        pthread_cond_wait(&x->change, &x->lock);
    pthread_mutex_unlock(&x->lock);
    atomic_fetch_sub(&x->watchers, 1);
    while (atomic_load(&w->loop->senders) > 0) /* its mail is sent in a moment */
        sched_yield();
}

/* ---------------------------------------------------------------- life ---- */

int coil__executor_init(struct coil__executor *x, const char *name, int threads)
{
    int err = coil__crew_new(name, threads, &x->crew);
    if (err < 0)
        return err;
    coil__mutex_init(&x->lock);
    pthread_cond_init(&x->change, NULL);
    coil__list_init(&x->waiters);
    coil__list_init(&x->held);
    x->places = threads;
    atomic_init(&x->refs, 1);
    atomic_init(&x->outstanding, 0);
    atomic_init(&x->undone, 0);
    atomic_init(&x->watchers, 0);
    x->shut = false;
    return 0;
}

void coil__executor_unref(struct coil__executor *x)
{
    if (atomic_fetch_sub(&x->refs, 1) != 1)
        return;
    if (x->destroy)
        x->destroy(x);
    pthread_cond_destroy(&x->change);
    pthread_mutex_destroy(&x->lock);
    coil__free(x);
}

void coil_pool_free(coil_pool *pool)
{
    if (!pool || pool == &coil__default_pool)
        return;
    struct coil__executor *x = COIL__CONTAINER(pool, struct coil__executor, pool);
    coil__executor_shut(x, NULL);
    /* joined outside the lock, which the last jobs need; nobody else uses the crew: the pool is shut */
    struct coil__crew *crew = x->crew;
    pthread_mutex_lock(&x->lock);
    while (atomic_load(&x->outstanding) > 0)
        pthread_cond_wait(&x->change, &x->lock);
    x->crew = NULL;
    pthread_mutex_unlock(&x->lock);
    coil__crew_free(crew);
    if (x->stop)
        x->stop(x);
    coil__executor_unref(x);
}

/* ---------------------------------------------------------------- thread pools ---- */

static int accept_any(struct coil__executor *x, struct coil__work *w)
{
    (void)x;
    (void)w;
    return 0;
}

static int perform_here(struct coil__executor *x, struct coil__work *w)
{
    (void)x;
    coil_context *before = coil__context_enter(coil_context_ref(w->context));
    int status = w->call.fn->enter(w->call.args);
    coil__context_leave(before);
    return status;
}

static int run_in_pool(coil_pool *pool, coil_call *call)
{
    return coil__work_run(COIL__CONTAINER(pool, struct coil__executor, pool), call);
}

static const struct coil__pool_ops thread_pool_ops = {run_in_pool};

int coil__executor_default_size(void)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    return cpus < 1 ? 5 : cpus + 4 < 32 ? (int)cpus + 4 : 32;
}

int coil_thread_pool_new(int max_workers, coil_pool **ret_pool)
{
    if (max_workers < 0 || !ret_pool)
        return coil_fail(-EINVAL, "coil_thread_pool_new: %d workers", max_workers);
    struct coil__executor *x = coil__calloc(1, sizeof *x);
    if (!x)
        return -ENOMEM;
    x->pool.ops = &thread_pool_ops;
    x->accept = accept_any;
    x->perform = perform_here;
    int err = coil__executor_init(x, "coil-pool",
                                  max_workers ? max_workers : coil__executor_default_size());
    if (err < 0) {
        coil__free(x);
        return err;
    }
    *ret_pool = &x->pool;
    return 0;
}

/* base/crew.c: one mutex, one condition; a thread that finds no job goes to sleep, one that finds the crew closed leaves.
 *
 * One thread at most watches for the next job before it sleeps (base/spin.h). It looks again under the lock before it gives up,
 * so a submit that leaves a job to it need not wake another.
 *
 * A crew is freed by its last user: the owner, or after an abandon the last thread to leave.
 */
#include "base/crew.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/spin.h"
#include "base/sys.h"

struct coil__crew {
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct coil__list jobs;
    pthread_t *threads;
    int max, started, idle; /* idle: asleep or watching */
    atomic_int queued;      /* written under the lock, as `closing` is; a watcher looks at both */
    int alive;              /* threads that have not left */
    bool watched, abandoned;
    atomic_bool closing;
    atomic_llong spin_ns;
    char name[16];
};

static void destroy(struct coil__crew *c)
{
    pthread_cond_destroy(&c->more);
    pthread_mutex_destroy(&c->lock);
    coil__free(c->threads);
    coil__free(c);
}

/* Without the lock, which the caller has again afterwards. */
static void watch(struct coil__crew *c, struct coil__spin *spin)
{
    c->watched = true;
    pthread_mutex_unlock(&c->lock);
    int64_t begin = coil__clock_monotonic(), now = begin;
    bool caught = false;
    while (!caught && now - begin < spin->limit_ns) {
        for (int i = 0; i < 16 && !caught; i++) {
            coil__spin_pause();
            caught = atomic_load_explicit(&c->queued, memory_order_relaxed) > 0 ||
                     atomic_load_explicit(&c->closing, memory_order_relaxed);
        }
        now = coil__clock_monotonic();
    }
    coil__spin_ended(spin, caught, now - begin);
    pthread_mutex_lock(&c->lock);
    c->watched = false;
}

static void wait_for_job(struct coil__crew *c, struct coil__spin *spin)
{
    c->idle++;
    spin->limit_ns = atomic_load_explicit(&c->spin_ns, memory_order_relaxed);
    if (!c->watched && coil__spin_worth(spin))
        watch(c, spin);
    while (coil__list_empty(&c->jobs) && !c->closing)
        pthread_cond_wait(&c->more, &c->lock);
    c->idle--;
}

static void *work(void *arg)
{
    struct coil__crew *c = arg;
    struct coil__spin spin = {0};
    pthread_mutex_lock(&c->lock);
    for (;;) {
        if (coil__list_empty(&c->jobs) && !c->closing)
            wait_for_job(c, &spin);
        struct coil__list *node = coil__list_pop(&c->jobs);
        if (!node)
            break;
        c->queued--;
        pthread_mutex_unlock(&c->lock);
        struct coil__job *job = COIL__CONTAINER(node, struct coil__job, link);
        job->run(job);
        pthread_mutex_lock(&c->lock);
    }
    bool last = --c->alive == 0 && c->abandoned;
    pthread_mutex_unlock(&c->lock);
    if (last)
        destroy(c);
    return NULL;
}

void coil__mutex_init(pthread_mutex_t *lock)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ADAPTIVE_NP);
    pthread_mutex_init(lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

int coil__crew_new(const char *name, int max_threads, struct coil__crew **ret_crew)
{
    struct coil__crew *c = coil__calloc(1, sizeof *c);
    if (!c)
        return -ENOMEM;
    c->threads = coil__calloc((size_t)max_threads, sizeof *c->threads);
    if (!c->threads) {
        coil__free(c);
        return -ENOMEM;
    }
    coil__mutex_init(&c->lock);
    pthread_cond_init(&c->more, NULL);
    coil__list_init(&c->jobs);
    c->max = max_threads;
    snprintf(c->name, sizeof c->name, "%s", name);
    *ret_crew = c;
    return 0;
}

/* Starts one more helper, with all signals blocked so that they go to the threads that want them. */
static int start_thread(struct coil__crew *c)
{
    sigset_t all, before;
    sigfillset(&all);
    coil__sys_pthread_sigmask(SIG_SETMASK, &all, &before);
    c->alive++;
    int err = coil__sys_pthread_create(&c->threads[c->started], NULL, work, c);
    coil__sys_pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (err) {
        c->alive--;
        return -err;
    }
    pthread_setname_np(c->threads[c->started], c->name);
    c->started++;
    return 0;
}

int coil__crew_submit(struct coil__crew *c, struct coil__job *job)
{
    int err = 0;
    pthread_mutex_lock(&c->lock);
    if (c->idle <= c->queued && c->started < c->max)
        err = start_thread(c);
    if (err < 0 && c->started > 0)
        err = 0;
    if (err >= 0) {
        coil__list_append(&c->jobs, &job->link);
        c->queued++;
        if (c->queued > c->watched)
            pthread_cond_signal(&c->more);
    }
    pthread_mutex_unlock(&c->lock);
    return err;
}

bool coil__crew_cancel(struct coil__crew *c, struct coil__job *job)
{
    bool found = false;
    pthread_mutex_lock(&c->lock);
    /* a job that was popped may be freed by now: it is looked for by address, not looked at */
    COIL__LIST_FOREACH (node, &c->jobs)
        found = found || node == &job->link;
    if (found) {
        coil__list_remove(&job->link);
        c->queued--;
    }
    pthread_mutex_unlock(&c->lock);
    return found;
}

void coil__crew_free(struct coil__crew *c)
{
    if (!c)
        return;
    pthread_mutex_lock(&c->lock);
    c->closing = true;
    pthread_cond_broadcast(&c->more);
    pthread_mutex_unlock(&c->lock);
    for (int i = 0; i < c->started; i++)
        pthread_join(c->threads[i], NULL);
    destroy(c);
}

void coil__crew_abandon(struct coil__crew *c)
{
    if (!c)
        return;
    pthread_mutex_lock(&c->lock);
    c->closing = c->abandoned = true;
    while (coil__list_pop(&c->jobs))
        c->queued--;
    for (int i = 0; i < c->started; i++)
        pthread_detach(c->threads[i]);
    bool none = c->alive == 0;
    pthread_cond_broadcast(&c->more);
    pthread_mutex_unlock(&c->lock);
    if (none)
        destroy(c);
}

void coil__crew_set_spin(struct coil__crew *c, int64_t ns)
{
    atomic_store_explicit(&c->spin_ns, ns, memory_order_relaxed);
}

int coil__crew_queued(struct coil__crew *c)
{
    pthread_mutex_lock(&c->lock);
    int n = c->queued;
    pthread_mutex_unlock(&c->lock);
    return n;
}

int coil__crew_threads(struct coil__crew *c)
{
    pthread_mutex_lock(&c->lock);
    int n = c->started;
    pthread_mutex_unlock(&c->lock);
    return n;
}

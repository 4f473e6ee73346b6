/* base/crew.c: one mutex; each idle thread sleeps at a semaphore of its own, and who fell asleep last is called first: its stack and its
 * CPU are the warmest, and exactly one wakes for a job.
 *
 * A thread that is awake and has no job is `free`: it is sure to look at the queue, under the lock, before it sleeps. So somebody is
 * called only when more jobs wait than threads are free. A thread is free already when its job says that it is over but for its last
 * words (coil__crew_leaving): whoever hears these and submits the next job at once leaves it to that thread. Those who watch for the next job before they sleep
 * (base/spin.h), one at most, are free too.
 *
 * A crew is freed by its last user: the owner, or after an abandon the last thread to leave.
 */
#include "base/crew.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/spin.h"
#include "base/sys.h"

struct helper {
    struct coil__crew *crew;
    pthread_t thread;
    sem_t called;
    struct helper *below; /* the one that fell asleep before it */
    bool left;            /* its job is as good as over         */
};

struct coil__crew {
    pthread_mutex_t lock;
    struct coil__list jobs;
    struct helper *helpers, *asleep;
    int max, started;
    atomic_int
        free; /* awake without a job; only a thread that leaves its job adds itself without the lock */
    atomic_int
        queued; /* written under the lock, as `closing` is; a watcher looks at both                    */
    int alive; /* threads that have not left */
    bool watched, abandoned;
    atomic_bool closing;
    atomic_llong spin_ns;
    char name[16];
};

static __thread struct helper *self;

static void destroy(struct coil__crew *c)
{
    for (int i = 0; i < c->max; i++)
        sem_destroy(&c->helpers[i].called);
    pthread_mutex_destroy(&c->lock);
    coil__free(c->helpers);
    coil__free(c);
}

/* ---------------------------------------------------------------- a thread ---- */

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
        if (!caught)
            coil__spin_give_way();
        now = coil__clock_monotonic();
    }
    coil__spin_ended(spin, caught, now - begin);
    pthread_mutex_lock(&c->lock);
    c->watched = false;
}

/* Under the lock, which is open while it sleeps. Whoever calls it counts it as free. */
static void sleep_until_called(struct coil__crew *c, struct helper *h)
{
    h->below = c->asleep;
    c->asleep = h;
    atomic_fetch_sub(&c->free, 1);
    pthread_mutex_unlock(&c->lock);
    while (sem_wait(&h->called) < 0)
        continue;
    pthread_mutex_lock(&c->lock);
}

static void wait_for_job(struct coil__crew *c, struct helper *h, struct coil__spin *spin)
{
    spin->limit_ns = atomic_load_explicit(&c->spin_ns, memory_order_relaxed);
    if (!c->watched && coil__spin_worth(spin))
        watch(c, spin);
    while (coil__list_empty(&c->jobs) && !c->closing)
        sleep_until_called(c, h);
}

static void run_job(struct coil__crew *c, struct helper *h, struct coil__job *job)
{
    atomic_fetch_sub(&c->free, 1);
    c->queued--;
    pthread_mutex_unlock(&c->lock);
    h->left = false;
    job->run(job);
    coil__crew_leaving();
    pthread_mutex_lock(&c->lock);
}

static void *work(void *arg)
{
    struct helper *h = self = arg;
    struct coil__crew *c = h->crew;
    struct coil__spin spin = {0};
    pthread_mutex_lock(&c->lock);
    for (;;) {
        if (coil__list_empty(&c->jobs) && !c->closing)
            wait_for_job(c, h, &spin);
        struct coil__list *node = coil__list_pop(&c->jobs);
        if (!node)
            break;
        run_job(c, h, COIL__CONTAINER(node, struct coil__job, link));
    }
    bool last = --c->alive == 0 && c->abandoned;
    pthread_mutex_unlock(&c->lock);
    if (last)
        destroy(c);
    return NULL;
}

void coil__crew_leaving(void)
{
    if (!self || self->left)
        return;
    self->left = true;
    atomic_fetch_add(&self->crew->free, 1);
}

/* ---------------------------------------------------------------- its users ---- */

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
    c->helpers = coil__calloc((size_t)max_threads, sizeof *c->helpers);
    if (!c->helpers) {
        coil__free(c);
        return -ENOMEM;
    }
    for (int i = 0; i < max_threads; i++) {
        c->helpers[i].crew = c;
        sem_init(&c->helpers[i].called, 0, 0);
    }
    coil__mutex_init(&c->lock);
    coil__list_init(&c->jobs);
    c->max = max_threads;
    snprintf(c->name, sizeof c->name, "%s", name);
    *ret_crew = c;
    return 0;
}

/* Starts one more helper, with all signals blocked so that they go to the threads that want them. */
static int start_thread(struct coil__crew *c)
{
    struct helper *h = &c->helpers[c->started];
    sigset_t all, before;
    sigfillset(&all);
    coil__sys_pthread_sigmask(SIG_SETMASK, &all, &before);
    c->alive++;
    int err = coil__sys_pthread_create(&h->thread, NULL, work, h);
    coil__sys_pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (err) {
        c->alive--;
        return -err;
    }
    pthread_setname_np(h->thread, c->name);
    c->started++;
    atomic_fetch_add(&c->free, 1);
    return 0;
}

/* Under the lock: somebody for one more job. Whoever must be woken for it is *ret_helper; that is done when the lock is open, or it would
 * wake only to wait for it. */
static int call_one(struct coil__crew *c, struct helper **ret_helper)
{
    *ret_helper = NULL;
    if (c->queued < atomic_load(&c->free))
        return 0;
    struct helper *h = c->asleep;
    if (h) {
        c->asleep = h->below;
        atomic_fetch_add(&c->free, 1);
        *ret_helper = h;
        return 0;
    }
    int err = c->started < c->max ? start_thread(c) : 0;
    return c->started > 0 ? 0 : err; /* with others there it just waits */
}

int coil__crew_submit(struct coil__crew *c, struct coil__job *job)
{
    struct helper *h;
    pthread_mutex_lock(&c->lock);
    int err = call_one(c, &h);
    if (err >= 0) {
        coil__list_append(&c->jobs, &job->link);
        c->queued++;
    }
    pthread_mutex_unlock(&c->lock);
    if (h)
        sem_post(&h->called);
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

/* It is closing: whoever sleeps is to see it. */
static void call_all(struct coil__crew *c)
{
    for (struct helper *h = c->asleep; h; h = h->below) {
        atomic_fetch_add(&c->free, 1);
        sem_post(&h->called);
    }
    c->asleep = NULL;
}

void coil__crew_free(struct coil__crew *c)
{
    if (!c)
        return;
    pthread_mutex_lock(&c->lock);
    c->closing = true;
    call_all(c);
    pthread_mutex_unlock(&c->lock);
    for (int i = 0; i < c->started; i++)
        pthread_join(c->helpers[i].thread, NULL);
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
        pthread_detach(c->helpers[i].thread);
    bool none = c->alive == 0;
    call_all(c); /* under the lock: the last one to leave frees them */
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

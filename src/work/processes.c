/* work/processes.c: process pools: an executor whose threads each speak with a worker process while its job runs.
 *
 * A thread takes an idle worker (the one used last), or has one forked; it sends the job and sleeps until the answer or the worker's
 * end comes. So queueing, cancelling, shutting down and delivery are a thread pool's, a loop never blocks, and a crash is seen by the one
 * thread whose job it was. Where an idle worker is for the taking, the loop's thread sends it the job already, and waits for the
 * answer itself as long as no thread is needed (held.c).
 *
 * Rules: `lock` guards the lists, `busy` and `broken`; a worker that is not idle belongs to whoever has its job, but any thread may kill
 * it while it is in `all`.
 */
#include "coil/processes.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/sys.h"
#include "work/arena.h"
#include "work/forkserver.h"
#include "work/held.h"

enum { GRACE_MS = 1000 };

struct worker {
    struct coil__list in_all, in_idle;
    struct coil__worker_link link;
    unsigned generation; /* of its server */
};

struct process_pool {
    struct coil__executor base;
    pthread_mutex_t lock;
    struct coil__list all, idle;
    int busy; /* workers that have a job */
    unsigned flags;
    bool broken;
};

static struct process_pool *of(struct coil__executor *x)
{
    return COIL__CONTAINER(x, struct process_pool, base);
}

/* ---------------------------------------------------------------- workers ---- */

static void kill_worker(const struct worker *w)
{
    if (w->link.pidfd >= 0 && (coil__sys_pidfd_send_signal(w->link.pidfd, SIGKILL) >= 0 ||
                               (errno != ENOSYS && errno != EPERM)))
        return;
    if (w->generation == coil__forkserver_generation())
        coil__sys_kill(w->link.pid,
                       SIGKILL); /* its own until the server has reaped it, for bury() */
}

/* Lets a worker go, idle or dead, and reaps it. Returns its wait status, 0 when nobody knows it any more. */
static int bury(struct process_pool *p, struct worker *w)
{
    int status = 0;
    pthread_mutex_lock(&p->lock);
    coil__list_remove(&w->in_all);
    pthread_mutex_unlock(&p->lock);
    coil__sys_shutdown(w->link.fd, SHUT_RDWR);
    coil__sys_close(w->link.fd);
    struct pollfd end = {.fd = w->link.pidfd, .events = POLLIN};
    if (end.fd < 0 || coil__sys_poll(&end, 1, GRACE_MS) == 0)
        kill_worker(w); /* it does not heed its socket's end, or nobody can tell */
    if (w->generation == coil__forkserver_generation())
        coil__forkserver_reap(w->link.pid, &status);
    if (w->link.pidfd >= 0)
        coil__sys_close(w->link.pidfd);
    coil__free(w);
    return status;
}

static int new_worker(struct process_pool *p, struct worker **ret)
{
    struct worker *w = coil__calloc(1, sizeof *w);
    if (!w)
        return -ENOMEM;
    w->generation = coil__forkserver_generation();
    w->link.pid = coil__forkserver_fork(&w->link.fd, &w->link.pidfd);
    if (w->link.pid < 0) {
        int err = w->link.pid;
        coil__free(w);
        return coil_fail(-COIL_EBROKENPOOL, "no worker process could be started: %s",
                         coil_error_sentence(err));
    }
    pthread_mutex_lock(&p->lock);
    coil__list_append(&p->all, &w->in_all);
    pthread_mutex_unlock(&p->lock);
    *ret = w;
    return 0;
}

static bool is_over(const struct worker *w)
{
    return w->generation != coil__forkserver_generation() || coil__talk_is_over(&w->link);
}

/* Under the lock: the idle one that was used last, busy from now on, or NULL. */
static struct worker *pop_idle(struct process_pool *p)
{
    struct coil__list *node = coil__list_pop(&p->idle);
    p->busy += node != NULL;
    return node ? COIL__CONTAINER(node, struct worker, in_idle) : NULL;
}

/* It has no job any more; alive it is idle. */
static void put_worker(struct process_pool *p, struct worker *w, bool alive)
{
    pthread_mutex_lock(&p->lock);
    p->busy--;
    if (alive)
        coil__list_prepend(&p->idle, &w->in_idle);
    pthread_mutex_unlock(&p->lock);
}

/* One that lives and is busy from now on: an idle one, else a new one. */
static int take_worker(struct process_pool *p, struct worker **ret)
{
    for (;;) {
        pthread_mutex_lock(&p->lock);
        bool broken = p->broken;
        struct worker *w = broken ? NULL : pop_idle(p);
        p->busy += !broken && !w; /* the new one */
        pthread_mutex_unlock(&p->lock);
        if (broken)
            return coil_fail(-COIL_EBROKENPOOL, "the pool is broken: one of its workers died");
        if (!w) {
            int err = new_worker(p, ret);
            if (err < 0)
                put_worker(p, NULL, false);
            return err;
        }
        *ret = w;
        if (!is_over(w))
            return 0;
        put_worker(p, w, false);
        kill_worker(w); /* unless it died while it had nothing to do */
        bury(p, w);
    }
}

/* asyncio's rule: with one worker the whole pool goes. */
static void break_pool(struct process_pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->broken = true;
    COIL__LIST_FOREACH (node, &p->all)
        kill_worker(COIL__CONTAINER(node, struct worker, in_all));
    pthread_mutex_unlock(&p->lock);
}

/* ---------------------------------------------------------------- one job ---- */

/* err: why the conversation ended. */
static int crashed(struct process_pool *p, struct worker *w, int err, const char *name)
{
    pid_t pid = w->link.pid;
    kill_worker(w); /* dying already, and then this changes nothing; or it is of no use any more */
    if (p->flags & COIL_POOL_BREAK_ON_CRASH)
        break_pool(p);
    int status = bury(p, w);
    coil__arena_release(pid);
    if (err == -EPROTO)
        return coil_fail(-COIL_EBROKENPOOL, "worker process %d wrote over its answer in %s()",
                         (int)pid, name);
    if (WIFSIGNALED(status))
        return coil_fail(
            -COIL_EBROKENPOOL, "worker process %d was killed by SIG%s while it ran %s()", (int)pid,
            sigabbrev_np(WTERMSIG(status)) ? sigabbrev_np(WTERMSIG(status)) : "?", name);
    return coil_fail(-COIL_EBROKENPOOL, "worker process %d exited with status %d while it ran %s()",
                     (int)pid, WEXITSTATUS(status), name);
}

/* In the loop's thread, under the executor's lock: an idle worker that no other job is about to take is given this one. With all of it, the
 * loop can wait for the answer. */
static bool begin(struct coil__executor *x, struct coil__work *job)
{
    struct process_pool *p = of(x);
    struct worker *w = NULL;
    pthread_mutex_lock(&p->lock);
    if (!p->broken && atomic_load(&x->undone) == p->busy && !coil__list_empty(&p->idle) &&
        !is_over(COIL__CONTAINER(p->idle.next, struct worker, in_idle)))
        w = pop_idle(p);
    pthread_mutex_unlock(&p->lock);
    if (!w)
        return false;
    job->worker = w;
    w->link.spin_ns = job->loop->spin.limit_ns;
    job->begun = coil__talk_begin(&w->link, job->call.fn->remote, job->in);
    job->held->fd = w->link.fd;
    job->held->work = job;
    return !job->loop->clock.is_virtual &&
           job->begun == (ssize_t)coil__talk_size(job->call.fn->remote);
}

static bool hear(struct coil__executor *x, struct coil__work *job)
{
    struct worker *w = job->worker;
    if (coil__talk_hear(&w->link, job->call.fn->remote, job->out) <= 0)
        return false;
    job->status = coil__talk_outcome(&w->link, &job->error);
    put_worker(of(x), w, true);
    return true;
}

/* In a thread of the crew. */
static int perform(struct coil__executor *x, struct coil__work *job)
{
    struct process_pool *p = of(x);
    struct worker *w = job->worker;
    int err = 0;
    if (w && job->begun < 0) { /* it died before it had the job */
        put_worker(p, w, false);
        kill_worker(w);
        bury(p, w);
        w = NULL;
    }
    if (!w) {
        err = take_worker(p, &w);
        if (err < 0)
            return err;
        w->link.spin_ns = job->loop->spin.limit_ns;
        job->begun = coil__talk_begin(&w->link, job->call.fn->remote, job->in);
        err = job->begun < 0 ? (int)job->begun : 0;
    }
    if (err >= 0)
        err = coil__talk(&w->link, job->call.fn->remote, job->in, (size_t)job->begun, job->out);
    int status = err < 0 ? 0 : coil__talk_outcome(&w->link, &job->error);
    put_worker(p, w, err >= 0);
    return err < 0 ? crashed(p, w, err, job->call.fn->name) : status;
}

/* In the loop's thread: the function must be one that workers have, and its input is copied now. */
static int accept_remote(struct coil__executor *x, struct coil__work *job)
{
    struct process_pool *p = of(x);
    const coil_remote *remote = job->call.fn->remote;
    const char *name = job->call.fn->name;
    if (!remote)
        return coil_fail(-EINVAL, "%s: only a COIL_REMOTE function can run in another process",
                         name);
    if (!coil__forkserver_knows(remote))
        return coil_fail(-EINVAL, "%s: loaded after the fork server was started", name);
    const void *in = *(void **)(void *)job->call.args;
    if (!in)
        return coil_fail(-EINVAL, "%s: its input is NULL", name);
    pthread_mutex_lock(&p->lock);
    bool broken = p->broken;
    pthread_mutex_unlock(&p->lock);
    if (broken)
        return coil_fail(-COIL_EBROKENPOOL, "%s: the pool is broken: one of its workers died",
                         name);
    size_t out_room = (remote->out_size + 15) & ~(size_t)15;
    job->out = coil__malloc(out_room + sizeof *job->held + remote->in_size);
    if (!job->out)
        return -ENOMEM;
    job->held = (void *)((char *)job->out + out_room);
    memset(job->held, 0, sizeof *job->held);
    job->in = job->held + 1;
    memcpy(job->in, in, remote->in_size);
    return 0;
}

/* ---------------------------------------------------------------- life ---- */

/* The threads have gone, so every worker is idle. */
static void stop(struct coil__executor *x)
{
    struct process_pool *p = of(x);
    struct coil__list *node;
    while ((node = coil__list_pop(&p->idle)))
        bury(p, COIL__CONTAINER(node, struct worker, in_idle));
}

static void destroy(struct coil__executor *x)
{
    pthread_mutex_destroy(&of(x)->lock);
}

static int run_in_pool(coil_pool *pool, coil_call *call)
{
    return coil__work_run(COIL__CONTAINER(pool, struct coil__executor, pool), call);
}

static const struct coil__pool_ops process_pool_ops = {run_in_pool};

int coil_process_pool_new_with(int workers, unsigned flags, coil_pool **ret_pool)
{
    if (workers < 0 || flags & ~(unsigned)COIL_POOL_BREAK_ON_CRASH || !ret_pool)
        return coil_fail(-EINVAL, "coil_process_pool_new: %d workers, flags %u", workers, flags);
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    struct process_pool *p = coil__calloc(1, sizeof *p);
    if (!p)
        return -ENOMEM;
    p->base.pool.ops = &process_pool_ops;
    p->base.accept = accept_remote;
    p->base.begin = begin;
    p->base.hear = hear;
    p->base.perform = perform;
    p->base.destroy = destroy;
    p->base.stop = stop;
    p->flags = flags;
    coil__list_init(&p->all);
    coil__list_init(&p->idle);
    int err = coil__executor_init(&p->base, "coil-process",
                                  workers    ? workers
                                  : cpus < 1 ? 1
                                             : (int)cpus);
    if (err < 0) {
        coil__free(p);
        return err;
    }
    pthread_mutex_init(&p->lock, NULL);
    *ret_pool = &p->base.pool;
    return 0;
}

int coil_process_pool_new(int workers, coil_pool **ret_pool)
{
    return coil_process_pool_new_with(workers, 0, ret_pool);
}

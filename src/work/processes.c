/* work/processes.c: process pools: an executor whose threads each speak with a worker process while its job runs.
 *
 * A thread takes an idle worker (the one used last), or has one forked; it sends the job and sleeps until the answer or the worker's
 * end comes. So queueing, cancelling, shutting down and delivery are a thread pool's, a loop never blocks, and a crash is seen by the one
 * thread whose job it was. Where an idle worker is for the taking, the loop's thread gives it the job already, in its slot if there is room for
 * it, and waits for the answer itself as long as no thread is needed (held.c).
 */
#include "coil/processes.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/sys.h"
#include "work/arena.h"
#include "work/held.h"
#include "work/slot.h"
#include "work/workers.h"

struct process_pool {
    struct coil__executor base;
    struct coil__workers workers;
    unsigned flags;
};

static struct process_pool *of(struct coil__executor *x)
{
    return COIL__CONTAINER(x, struct process_pool, base);
}

/* ---------------------------------------------------------------- one job ---- */

/* err: why the conversation ended. */
static int crashed(struct process_pool *p, pid_t pid, int status, int err, const char *name)
{
    if (p->flags & COIL_POOL_BREAK_ON_CRASH)
        coil__workers_break(&p->workers);
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

/* Whether it lives is not asked of one that is given the job in its slot: a thread finds out (perform). */
static bool is_fit(const struct coil__worker *w, const void *small)
{
    bool slot = *(const bool *)small && w->link.slot;
    return slot ? !coil__worker_is_foreign(w) : !coil__worker_is_over(w);
}

/* In the loop's thread, under the executor's lock: an idle worker that no other job is about to take is given this one. With all of it, the
 * loop can wait for the answer. */
static bool begin(struct coil__executor *x, struct coil__work *job)
{
    const coil_remote *remote = job->call.fn->remote;
    bool small = coil__slot_fits(remote) && !job->loop->clock.is_virtual;
    struct coil__worker *w =
        coil__workers_take_idle(&of(x)->workers, atomic_load(&x->undone), is_fit, &small);
    if (!w)
        return false;
    job->worker = w;
    job->held->work = job;
    w->link.spin_ns = job->loop->spin.limit_ns;
    if (small && w->link.slot) {
        atomic_fetch_add(&w->refs, 1); /* for forget() */
        job->held->slot = w->link.slot;
        job->held->fd = w->link.bell;
        job->held->listened = &w->listened;
        job->begun = (ssize_t)coil__talk_size(remote);
        coil__talk_put(&w->link, remote, job->in, COIL__IN_SLOT);
        return true;
    }
    job->held->fd = w->link.fd;
    job->begun = coil__talk_begin(&w->link, remote, job->in);
    return !job->loop->clock.is_virtual && job->begun == (ssize_t)coil__talk_size(remote);
}

static bool hear(struct coil__executor *x, struct coil__work *job)
{
    struct coil__worker *w = job->worker;
    if (coil__talk_hear(&w->link, job->call.fn->remote, job->out) <= 0)
        return false;
    job->status = coil__talk_outcome(&w->link, &job->error);
    coil__workers_put(&of(x)->workers, w);
    return true;
}

static void forget(struct coil__executor *x, struct coil__work *job)
{
    (void)x;
    if (job->held && job->held->slot)
        coil__worker_unref(job->worker);
}

/* A worker for a job that has none: it has begun to say it. */
static int find_worker(struct process_pool *p, struct coil__work *job, struct coil__worker **ret)
{
    const coil_remote *remote = job->call.fn->remote;
    int err = coil__workers_take(&p->workers, ret);
    if (err < 0)
        return err;
    struct coil__worker_link *w = &(*ret)->link;
    w->spin_ns = job->loop->spin.limit_ns;
    job->begun = (ssize_t)coil__talk_size(remote);
    if (w->slot && coil__slot_fits(remote))
        coil__talk_put(w, remote, job->in, COIL__FROM_SLOT);
    else
        job->begun = coil__talk_begin(w, remote, job->in);
    return 0;
}

/* Whether the worker to which the loop gave the job, and which is dead, had not begun it. */
static bool never_began(const struct coil__work *job)
{
    const struct coil__worker *w = job->worker;
    return job->begun < 0 || (job->held->slot && coil__talk_never_began(&w->link));
}

/* To the end of the job, or of the worker. False, only if the loop gave it the job: it was dead by then, and the job is still to be done. */
static bool converse(struct process_pool *p, struct coil__work *job, struct coil__worker *w,
                     bool by_loop, int *ret_status)
{
    const coil_remote *remote = job->call.fn->remote;
    int err = job->begun < 0 ? (int)job->begun
                             : coil__talk(&w->link, remote, job->in, (size_t)job->begun, job->out);
    if (err >= 0) {
        *ret_status = coil__talk_outcome(&w->link, &job->error);
        coil__workers_put(&p->workers, w);
        return true;
    }
    pid_t pid = w->link.pid;
    int status = coil__workers_end(&p->workers, w);
    if (by_loop && never_began(job))
        return false;
    *ret_status = crashed(p, pid, status, err, job->call.fn->name);
    return true;
}

/* In a thread of the crew. */
static int perform(struct coil__executor *x, struct coil__work *job)
{
    struct process_pool *p = of(x);
    struct coil__worker *w = job->worker;
    int status = 0;
    if (w && converse(p, job, w, true, &status))
        return status;
    int err = find_worker(p, job, &w);
    if (err < 0)
        return err;
    converse(p, job, w, false, &status);
    return status;
}

static size_t out_room(const coil_remote *remote)
{
    return (remote->out_size + 15) & ~(size_t)15;
}

/* For the output, what the loop needs to hold it, the input. */
static size_t room(const coil_call *call)
{
    const coil_remote *remote = call->fn->remote;
    return remote ? out_room(remote) + sizeof(struct coil__held) + remote->in_size : 0;
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
    if (p->workers.broken)
        return coil_fail(-COIL_EBROKENPOOL, "%s: the pool is broken: one of its workers died",
                         name);
    job->out = job->room;
    job->held = (void *)((char *)job->room + out_room(remote));
    memset(job->held, 0, sizeof *job->held);
    job->in = job->held + 1;
    memcpy(job->in, in, remote->in_size);
    return 0;
}

/* ---------------------------------------------------------------- life ---- */

/* The threads have gone, so every worker is idle. */
static void stop(struct coil__executor *x)
{
    coil__workers_bury(&of(x)->workers);
}

static void destroy(struct coil__executor *x)
{
    coil__workers_done(&of(x)->workers);
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
    p->base.room = room;
    p->base.accept = accept_remote;
    p->base.begin = begin;
    p->base.hear = hear;
    p->base.perform = perform;
    p->base.forget = forget;
    p->base.destroy = destroy;
    p->base.stop = stop;
    p->flags = flags;
    int err = coil__executor_init(&p->base, "coil-process",
                                  workers    ? workers
                                  : cpus < 1 ? 1
                                             : (int)cpus);
    if (err < 0) {
        coil__free(p);
        return err;
    }
    coil__workers_init(&p->workers);
    *ret_pool = &p->base.pool;
    return 0;
}

int coil_process_pool_new(int workers, coil_pool **ret_pool)
{
    return coil_process_pool_new_with(workers, 0, ret_pool);
}

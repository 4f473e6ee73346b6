/* work/workers.c: worker processes, from the fork to the burial.
 *
 * What a worker shares with the program outlives it as long as somebody may use it: a loop that reads from its bell, or looks into its
 * slot, has a job that holds a reference. The slot goes to another worker when this one is dead for certain.
 */
#include "work/workers.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include "base/memory.h"
#include "base/sys.h"
#include "coil/errors.h"
#include "work/slot.h"

enum { GRACE_MS = 1000 };

/* ---------------------------------------------------------------- one ---- */

bool coil__worker_is_foreign(const struct coil__worker *w)
{
    return w->generation != coil__forkserver_generation();
}

bool coil__worker_is_over(const struct coil__worker *w)
{
    return coil__worker_is_foreign(w) || coil__talk_is_over(&w->link);
}

void coil__worker_unref(struct coil__worker *w)
{
    if (atomic_fetch_sub(&w->refs, 1) != 1)
        return;
    if (w->dead)
        coil__slot_leave(w->link.slot);
    coil__sys_close(w->link.bell);
    coil__free(w);
}

static void kill_worker(const struct coil__worker *w)
{
    if (w->link.pidfd >= 0 && (coil__sys_pidfd_send_signal(w->link.pidfd, SIGKILL) >= 0 ||
                               (errno != ENOSYS && errno != EPERM)))
        return;
    if (!coil__worker_is_foreign(w))
        coil__sys_kill(w->link.pid,
                       SIGKILL); /* its own until the server has reaped it, for bury() */
}

/* Lets a worker go, idle or dead, and reaps it. Returns its wait status, 0 when nobody knows it any more. */
static int bury(struct coil__workers *ws, struct coil__worker *w)
{
    int status = 0;
    pthread_mutex_lock(&ws->lock);
    coil__list_remove(&w->in_all);
    pthread_mutex_unlock(&ws->lock);
    coil__slot_call(w->link.slot, COIL__SLOT_END);
    coil__sys_shutdown(w->link.fd, SHUT_RDWR);
    coil__sys_close(w->link.fd);
    struct pollfd end = {.fd = w->link.pidfd, .events = POLLIN};
    w->dead = end.fd >= 0 && coil__sys_poll(&end, 1, GRACE_MS) > 0;
    if (!w->dead)
        kill_worker(w); /* it does not heed its end, or nobody can tell */
    if (!coil__worker_is_foreign(w) && coil__forkserver_reap(w->link.pid, &status) >= 0)
        w->dead = true;
    if (w->link.pidfd >= 0)
        coil__sys_close(w->link.pidfd);
    coil__worker_unref(w);
    return status;
}

static int new_worker(struct coil__workers *ws, struct coil__worker **ret)
{
    struct coil__worker *w = coil__calloc(1, sizeof *w);
    if (!w)
        return -ENOMEM;
    atomic_init(&w->refs, 1);
    w->generation = coil__forkserver_generation();
    w->link.slot = coil__slot_take();
    int err = coil__forkserver_fork(&w->link);
    if (err < 0) {
        coil__slot_leave(w->link.slot);
        coil__free(w);
        return coil_fail(-COIL_EBROKENPOOL, "no worker process could be started: %s",
                         coil_error_sentence(err));
    }
    pthread_mutex_lock(&ws->lock);
    coil__list_append(&ws->all, &w->in_all);
    pthread_mutex_unlock(&ws->lock);
    *ret = w;
    return 0;
}

/* ---------------------------------------------------------------- all of a pool ---- */

void coil__workers_init(struct coil__workers *ws)
{
    pthread_mutex_init(&ws->lock, NULL);
    coil__list_init(&ws->all);
    coil__list_init(&ws->idle);
}

void coil__workers_bury(struct coil__workers *ws)
{
    struct coil__list *node;
    while ((node = coil__list_pop(&ws->idle)))
        bury(ws, COIL__CONTAINER(node, struct coil__worker, in_idle));
}

void coil__workers_done(struct coil__workers *ws)
{
    pthread_mutex_destroy(&ws->lock);
}

/* Under the lock: the idle one that was used last, busy from now on, or NULL. */
static struct coil__worker *pop_idle(struct coil__workers *ws)
{
    struct coil__list *node = coil__list_pop(&ws->idle);
    ws->busy += node != NULL;
    return node ? COIL__CONTAINER(node, struct coil__worker, in_idle) : NULL;
}

struct coil__worker *coil__workers_take_idle(struct coil__workers *ws, int busy,
                                             bool (*is_fit)(const struct coil__worker *w,
                                                            const void *arg),
                                             const void *arg)
{
    struct coil__worker *w = NULL;
    pthread_mutex_lock(&ws->lock);
    if (!ws->broken && ws->busy == busy && !coil__list_empty(&ws->idle) &&
        is_fit(COIL__CONTAINER(ws->idle.next, struct coil__worker, in_idle), arg))
        w = pop_idle(ws);
    pthread_mutex_unlock(&ws->lock);
    return w;
}

void coil__workers_put(struct coil__workers *ws, struct coil__worker *w)
{
    pthread_mutex_lock(&ws->lock);
    ws->busy--;
    coil__list_prepend(&ws->idle, &w->in_idle);
    pthread_mutex_unlock(&ws->lock);
}

/* There is one less that has a job. */
static void not_busy(struct coil__workers *ws)
{
    pthread_mutex_lock(&ws->lock);
    ws->busy--;
    pthread_mutex_unlock(&ws->lock);
}

int coil__workers_end(struct coil__workers *ws, struct coil__worker *w)
{
    not_busy(ws);
    kill_worker(w); /* dying already, and then this changes nothing; or it is of no use any more */
    return bury(ws, w);
}

int coil__workers_take(struct coil__workers *ws, struct coil__worker **ret)
{
    for (;;) {
        pthread_mutex_lock(&ws->lock);
        bool broken = ws->broken;
        struct coil__worker *w = broken ? NULL : pop_idle(ws);
        ws->busy += !broken && !w; /* the new one */
        pthread_mutex_unlock(&ws->lock);
        if (broken)
            return coil_fail(-COIL_EBROKENPOOL, "the pool is broken: one of its workers died");
        if (!w) {
            int err = new_worker(ws, ret);
            if (err < 0)
                not_busy(ws);
            return err;
        }
        *ret = w;
        if (!coil__worker_is_over(w))
            return 0;
        coil__workers_end(ws, w); /* it died while it had nothing to do */
    }
}

void coil__workers_break(struct coil__workers *ws)
{
    pthread_mutex_lock(&ws->lock);
    ws->broken = true;
    COIL__LIST_FOREACH (node, &ws->all)
        kill_worker(COIL__CONTAINER(node, struct coil__worker, in_all));
    pthread_mutex_unlock(&ws->lock);
}

/* work/work.h: one job in a pool, from inside.
 *
 * A job lives on the heap and works on its own copy of the call. It is in one of three places: queued in its executor,
 * run by a thread there, or over, when its mail is on the way to the loop that submitted it. Rules:
 *
 *   1. The executor's lock guards `waiters` and `shut`. Ending a job takes no lock unless somebody watches: it goes up as `over` and
 *      then into the mail, and nobody but its loop touches it after that. Whoever has waited for `over` (coil__executor_wait) may take
 *      the job out of the loop's queues.
 *   2. All else of a job but `cancelled`, status and error (the running thread's until it is over) belongs to the loop's thread:
 *      also the count. One reference is the loop's until delivery, one its waiter's or future's.
 *   3. A job that its loop holds (held.c) is a thread's as soon as it was taken from x->held, under the lock.
 *   4. A job keeps its executor alive, so a pool may be freed while mail is on its way.
 */
#ifndef COIL_WORK_WORK_H
#define COIL_WORK_WORK_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/crew.h"
#include "task/pool.h"
#include "task/tasks.h"

struct coil__work;
struct coil__held;

/* A pool: a crew of threads, and what a thread does with a job. */
struct coil__executor {
    struct coil_pool pool;
    atomic_int refs;
    /* may be NULL: how many bytes a job of this call needs beside itself, which are w->room */
    size_t (*room)(const coil_call *call);
    /* The call is fit for this pool: 0 or the error. Takes what must be copied now. In the loop's thread. */
    int (*accept)(struct coil__executor *x, struct coil__work *w);
    /* may be NULL: in the loop's thread, under the lock, before the job is queued. It may give the job to w->worker; true: the
     * loop holds the job, with what w->held says, and no thread is told */
    bool (*begin)(struct coil__executor *x, struct coil__work *w);
    /* of a job that its loop holds: hears what there is without waiting. True: all of it, status and error are set. In the loop's thread */
    bool (*hear)(struct coil__executor *x, struct coil__work *w);
    int (*perform)(struct coil__executor *x, struct coil__work *w); /* in a thread of the crew */
    void (*forget)(struct coil__executor *x,
                   struct coil__work *w); /* may be NULL: the job is freed; in the loop's thread */
    void (*destroy)(struct coil__executor
                        *x); /* the last reference has gone: frees all but the base; may be NULL */
    void (*stop)(struct coil__executor *x); /* the threads have gone; may be NULL */
    pthread_mutex_t lock;
    pthread_cond_t change;   /* a job is over */
    struct coil__crew *crew; /* NULL once freed */
    struct coil__list held;  /* jobs that their loops hold: held.c */
    int places;              /* threads at most */
    struct coil__list
        waiters; /* jobs without a call, over when nothing is outstanding: coil_pool_shutdown */
    atomic_int outstanding; /* jobs submitted whose mail has not been sent */
    atomic_int undone;      /* the same without those that were done       */
    atomic_int watchers;    /* who waits for `change`, or for barriers     */
    bool shut;
};

struct coil__work {
    struct coil__job job;
    struct coil__mail mail;
    struct coil__list link;       /* in the loop's list from submission to delivery   */
    struct coil__backing backing; /* of its future                                    */
    coil_loop *loop;
    struct coil__executor *executor;
    struct coil__task *waiter;   /* the task in coil_to_thread, or NULL              */
    struct coil__future *future; /* of coil_run_in_executor; holds a reference       */
    struct coil__error *error;
    void *room;              /* what its pool asked for, as aligned as malloc's; freed with it */
    void *out;               /* a process job's output, in the room               */
    void *in;                /* and its input, copied                             */
    struct coil__held *held; /* and this, or NULL                                 */
    void *worker;            /* a process that was given the job already, or NULL ... */
    ssize_t begun;           /* ... and how many bytes of it it has taken, or -errno  */
    int status;
    int refs;
    atomic_bool cancelled;
    bool barrier; /* in executor->waiters: waits for the others       */
    atomic_bool over;
    bool kept;    /* fn->keep was called on its arguments             */
    bool settled; /* its future has its status                        */
    bool landed;
    coil_context *context; /* what it runs in: a reference; or NULL */
    coil_call call;
};

/* ---- executor.c ---- */

/* Fills the base of a pool with one reference. Returns 0 or -ENOMEM. */
int coil__executor_init(struct coil__executor *x, const char *name, int threads);
void coil__executor_unref(struct coil__executor *x);
/* Queues. Returns 0, -COIL_EPOOLSHUTDOWN, or the error of starting a thread. */
int coil__executor_submit(struct coil__executor *x, struct coil__work *w);
/* Adds a barrier: false, and nothing is queued, when nothing is outstanding. Shuts the pool either way. */
bool coil__executor_shut(struct coil__executor *x, struct coil__work *barrier);
/* Takes a queued job back: true; it will not be mailed. */
bool coil__executor_drop(struct coil__executor *x, struct coil__work *w);
/* Blocks until the job is over and mailed. */
void coil__executor_wait(struct coil__executor *x, struct coil__work *w);
/* A job that its loop held has ended; in the loop's thread. */
void coil__executor_ended(struct coil__executor *x, struct coil__work *w);
/* A job that its loop held, and was taken from the list of these, is a thread's from now on; the first with the lock open, any thread. */
void coil__executor_take_over(struct coil__executor *x, struct coil__work *w);
void coil__executor_take_over_locked(struct coil__executor *x, struct coil__work *w);
/* How many threads the default pool and coil_thread_pool_new(0) have at most. */
int coil__executor_default_size(void);

/* ---- work.c ---- */

/* Runs what a call of coil_pool_run says in the executor and waits for it; the ops->run of pools. */
int coil__work_run(struct coil__executor *x, coil_call *call);
/* Makes a job of the running loop with the loop's reference; call NULL: a barrier. Returns 0, -COIL_ENOLOOP, -ENOMEM. */
int coil__work_new(struct coil__executor *x, const coil_call *call, struct coil__work **ret_work);
/* Hands it to its executor; on an error it stays the caller's, who lets it go. */
int coil__work_submit(struct coil__work *w);
/* Gives the loop's reference back: delivered, dropped or never submitted. */
void coil__work_let_go(struct coil__work *w);
void coil__work_unref(struct coil__work *w);
/* A success: the outputs go to whom the call named. Once. */
void coil__work_land(struct coil__work *w);
void coil__work_deliver(struct coil__ready *node);
/* The default pool of the running loop. Returns 0, -COIL_ENOLOOP, -ENOMEM. */
int coil__work_default(struct coil__executor **ret_executor);

extern struct coil_pool coil__default_pool;

#endif

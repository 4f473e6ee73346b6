/* work/workers.h: the worker processes of a pool: had forked when they are needed, idle or busy, buried.
 *
 * `lock` guards the lists and `busy`. A worker that is not idle belongs to whoever has its job, but any thread may kill it while it is in
 * `all`.
 */
#ifndef COIL_WORK_WORKERS_H
#define COIL_WORK_WORKERS_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/list.h"
#include "work/forkserver.h"

struct coil__worker {
    struct coil__list in_all, in_idle;
    struct coil__worker_link link;
    unsigned generation; /* of its server */
    atomic_int refs; /* the pool's until it is buried, and those of jobs that were in its slot */
    atomic_bool listened; /* a loop reads from its bell */
    bool dead;            /* for certain: somebody else may have the slot */
};

struct coil__workers {
    pthread_mutex_t lock;
    struct coil__list all, idle;
    int busy;           /* workers that have a job */
    atomic_bool broken; /* written under the lock: there will be no more */
};

void coil__workers_init(struct coil__workers *ws);
/* All are idle: buries them. */
void coil__workers_bury(struct coil__workers *ws);
void coil__workers_done(struct coil__workers *ws);

/* One that lives and is busy from now on: the idle one that was used last, else a new one. Returns 0, or -COIL_EBROKENPOOL. May block. */
int coil__workers_take(struct coil__workers *ws, struct coil__worker **ret);
/* The idle one that was used last, busy from now on, without blocking, when so many are busy and `is_fit` says yes; or NULL. */
struct coil__worker *coil__workers_take_idle(struct coil__workers *ws, int busy,
                                             bool (*is_fit)(const struct coil__worker *w,
                                                            const void *arg),
                                             const void *arg);
/* Its job is over. */
void coil__workers_put(struct coil__workers *ws, struct coil__worker *w);
/* It is busy and of no use any more: dead, dying or mad. Returns its wait status. */
int coil__workers_end(struct coil__workers *ws, struct coil__worker *w);
/* Kills all. */
void coil__workers_break(struct coil__workers *ws);

/* Its server is gone, and it with it. */
bool coil__worker_is_foreign(const struct coil__worker *w);
/* That, or it died, or said what nobody asked for. */
bool coil__worker_is_over(const struct coil__worker *w);
void coil__worker_unref(struct coil__worker *w);

#endif

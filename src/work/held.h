/* work/held.h: a job in another process that its loop waits for itself. See docs/decisions/0007. */
#ifndef COIL_WORK_HELD_H
#define COIL_WORK_HELD_H

#include "work/work.h"

struct coil__slot;

struct coil__held {
    struct coil__op
        poll; /* of the worker's socket, or a read of its bell: the loop's thread only */
    struct coil__timer limit; /* the same */
    struct coil__look look;   /* the same; of a job in a slot */
    struct coil__slot *slot;  /* where the answer will be; NULL: in the socket */
    atomic_bool *listened;    /* whether a loop reads from that worker's bell */
    uint64_t rung;
    int fd;                 /* the socket, or the bell */
    struct coil__list link; /* in x->held, under the lock */
    struct coil__work *work;
};

/* Begins to wait. In the loop's thread, the lock open; the job is in x->held. */
void coil__held_watch(struct coil__work *w);
/* No more waiting: what is armed ends soon. In the loop's thread; for any job. */
void coil__held_stop(struct coil__work *w);
/* Under the lock, any thread: if its loop holds the job, it is a thread's from now on. */
void coil__held_release(struct coil__executor *x, struct coil__work *w);
void coil__held_release_all(struct coil__executor *x);

#endif

/* engine/sim.h: a backend for tests: epoll's, and a seed that decides what the world does as a kernel may and seldom does.
 *
 * sim.c has the way in: copies, and what chance decides about them; sim_poll.c the way out: what is held back, and how long.
 *
 * Each accepted operation gets a copy that epoll carries out. The seed cuts its length (short I/O), and when the copy is
 * complete holds the completion back: for a few polls, with a virtual clock also for a while of it, and puts it among the
 * others at a random place. So results come late, out of order and in odd portions, and cancellations meet operations
 * that are complete and have not said so. On a virtual clock timers are late, too.
 *
 * What chance decides about an operation is drawn when it is submitted, and what arrives together is taken in the order of submission.
 * Helper threads do one thing at a time to files, and are waited for. So with the virtual clock, files, pipes and Unix sockets a seed
 * gives the same run again, and so it does with TCP as long as the kernel delivers at once over the loopback device; threads of the
 * program's own and other processes keep their own time.
 *
 * Invariants: an operation is in `work`, in the inner backend, in `arrived` or in `held`, once. A poll never sleeps while something is held,
 * nor after an inner poll that may have taken a wake-up away. A held completion comes out after a bounded number of polls. No
 * completion overtakes a close, because the number of what is closed may be in it. When there is no memory for a copy the operation
 * itself goes to epoll: nothing about it is random then.
 */
#ifndef COIL_ENGINE_SIM_H
#define COIL_ENGINE_SIM_H

#include "engine/backend.h"

struct coil__sim_op {
    struct coil__op inner; /* what epoll carries out; its owner is the backend    */
    struct coil__op *outer;
    struct coil__list link; /* in work, arrived, held or spare                     */
    uint64_t number;        /* in the order of submission                          */
    uint64_t dice;          /* what chance decides about it                        */
    int64_t delay_ns;       /* virtual clock: how long it is held                  */
    int64_t release_ns;     /* virtual clock: not told before this; 0: no matter   */
    unsigned polls;         /* not told before this many polls have gone by        */
    unsigned patience;      /* polls that may end before release_ns is disregarded */
    bool is_work;           /* for a helper thread, and a file's: not a call        */
    bool waits;             /* in work: the inner backend has not seen it          */
    unsigned shift;         /* the shift that it is done in                        */
};

struct coil__sim {
    struct coil__backend base;
    struct coil__backend *inner;
    const struct coil__clock *clock;
    struct coil__list work;    /* for helper threads at the next poll, one after the other */
    struct coil__list arrived; /* complete since the last look, in order of submission */
    struct coil__list held;    /* complete and not told                                */
    struct coil__list spare;   /* blocks for the next operations                       */
    uint32_t n_kept;           /* in work, arrived and held                            */
    unsigned working;          /* operations of this shift that helper threads are at  */
    unsigned shift;            /* ends when its work did not come in time              */
    int64_t due_ns;            /* when the first of those that wait for time is due; COIL__NEVER */
    uint64_t seed, submitted, random;
};

/* ---- sim_poll.c ---- */

int coil__sim_poll(struct coil__backend *base, int64_t timeout_ns);
int64_t coil__sim_wake_time(struct coil__backend *base, int64_t next_ns);
/* The inner operation is complete. Those that come together are sorted: events and threads are the kernel's to order. */
void coil__sim_arrive(struct coil__op *inner);
/* Gives what waits for a helper thread to the inner backend. */
void coil__sim_hand_over(struct coil__sim *b, struct coil__sim_op *s);

static inline struct coil__sim *coil__sim_of(struct coil__backend *b)
{
    return (struct coil__sim *)(void *)b;
}

static inline struct coil__sim_op *coil__sim_at(struct coil__list *node)
{
    return COIL__CONTAINER(node, struct coil__sim_op, link);
}

static inline void coil__sim_count(struct coil__sim *b)
{
    b->base.in_flight = b->inner->in_flight + b->n_kept;
}

#endif

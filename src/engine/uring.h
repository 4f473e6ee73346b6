/* engine/uring.h: the backend on io_uring, as its files share it: uring.c, uring_submit.c (the way in), uring_poll.c (the way out), uring_watch.c (who waits to
 * be told).
 *
 * One enter per poll: it submits what was queued and collects what is complete. Task work is deferred to that enter
 * (DEFER_TASKRUN); TASKRUN_FLAG tells without a system call that there is some.
 *
 * Completions an operation owes: its own, and one for each cancel request that was queued for it (at most one at a time). It is
 * done when none is owed any more, so the kernel never writes into memory that was given back. Room in the ring is made by flushing,
 * and when the kernel's completion queue is full by collecting, outside of poll into `finished`; so submission never fails.
 */
#ifndef COIL_ENGINE_URING_H
#define COIL_ENGINE_URING_H

#include <stdatomic.h>

#include "engine/door.h"
#include "engine/kernel.h"
#include "engine/poller.h"

enum { COIL__URING_MESSAGES = 16 }; /* on their way at the same time */

struct coil__uring {
    struct coil__poller p;
    struct io_uring ring;
    struct coil__door *door; /* to this ring */
    int wake_fd;             /* the door's   */
    uint64_t wake_value;     /* the armed read of wake_fd writes here */
    bool wake_armed;
    bool watched; /* fd() was asked for: the read must be with the kernel also between polls */
    atomic_int woken;
    /* whom the messages in this ring, or failed ones, go to */
    struct coil__door *messages[COIL__URING_MESSAGES];
    unsigned n_messages;
    bool no_messages; /* the kernel refused one */
};

/* op->priv: what is owed, and why it ends; COIL__IN_HELPER is the bit that is missing */
enum {
    COIL__OWES_RESULT = 1,
    COIL__OWES_CANCEL = 2,
    COIL__KILLED = 4,    /* the fd is being closed: -ECANCELED becomes -EBADF      */
    COIL__READYING = 16, /* a poll is out first, the operation itself comes after  */
    COIL__ASKED = 32,    /* somebody wants it cancelled                            */
    COIL__FAILS = 64,    /* a test wants it to fail: the result is there already   */
    COIL__WATCHES =
        128 /* the ring has nothing of it: it waits at its fd, among the entry's `writers` */
};

/* user_data: the op, its lowest bit set for the completion of a cancel; above any address: a watched fd with its generation; below any:
 * the wake read; a message that came, or nothing to heed; the nth message of ours that failed (one that arrived completes silently) */
enum {
    COIL__CANCEL_BIT = 1,
    COIL__WAKE_READ = 0,
    COIL__WAKE_MESSAGE = 1,
    COIL__FAILED_MESSAGE = 16,
    COIL__LEAST_ADDRESS = 4096
};
#define COIL__WATCH_BIT ((uint64_t)1 << 63)

/* ---- uring_submit.c ---- */

void coil__uring_submit(struct coil__backend *base, struct coil__op *op);
void coil__uring_cancel(struct coil__backend *base, struct coil__op *op);
/* Sends one that has come back and isn't done. */
void coil__uring_queue_again(struct coil__uring *b, struct coil__op *op);
void coil__uring_queue_cancel(struct coil__uring *b, struct coil__op *op);

/* ---- uring_watch.c ---- */

/* Takes a receive that wants to be told. */
void coil__uring_watch(struct coil__uring *b, struct coil__fd_entry *e, struct coil__op *op);
/* A watch's completion: an edge, or its end. */
void coil__uring_on_watch(struct coil__uring *b, uint64_t data, int result, uint32_t flags);
/* The fd is being closed: those who wait are told, and the watch is about to end. */
void coil__uring_unwatch(struct coil__uring *b, struct coil__fd_entry *e, int fd);
/* Whether nothing of an fd is with the kernel or a helper any more, so that it can be closed. */
static inline bool coil__uring_let_go(const struct coil__fd_entry *e)
{
    return e->helpers == 0 && !e->registered && coil__list_empty(&e->readers);
}

/* ---- uring_poll.c ---- */

int coil__uring_poll(struct coil__backend *base, int64_t timeout_ns);
int coil__uring_fd(struct coil__backend *base);
/* Takes what is in the completion queue. */
void coil__uring_collect(struct coil__uring *b);
/* A helper thread has done the operation, or will not: it is complete. b: struct coil__uring. */
void coil__uring_leave_helper(void *b, struct coil__op *op);

/* ---- uring.c ---- */

/* Those that the kernel has taken have arrived, or their failure has been collected. */
void coil__uring_forget_sent(struct coil__uring *b);

static inline struct coil__uring *coil__uring_of(struct coil__backend *b)
{
    return (struct coil__uring *)(void *)b;
}

static inline bool coil__uring_has_fd(const struct coil__op *op)
{
    return op->code >= COIL__OP_POLL && op->code <= COIL__OP_FSYNC;
}

static inline bool coil__uring_has_more(struct coil__uring *b)
{
    unsigned flags = __atomic_load_n(b->ring.sq.kflags, __ATOMIC_RELAXED);
    return flags & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW);
}

/* A place in the submission ring. When it is full it is flushed; when the kernel won't take more before it got rid of
 * completions, they are collected. */
static inline struct io_uring_sqe *coil__uring_get_sqe(struct coil__uring *b)
{
    struct io_uring_sqe *sqe;
    while (!(sqe = io_uring_get_sqe(&b->ring))) {
        int n = coil__sys_io_uring_submit(&b->ring);
        if (n == -EBUSY || n == -EAGAIN || n == 0) {
            coil__sys_io_uring_get_events(&b->ring);
            coil__uring_collect(b);
        }
    }
    return sqe;
}

#endif

/* engine/epoll.h: the backend on epoll, as its files share it: epoll.c, epoll_try.c (the calls), epoll_submit.c (the way in) and epoll_poll.c
 * (the way out).
 *
 * Everything is tried first; what would block waits in its fd's list of readers or writers. An OWNED fd is registered once,
 * edge-triggered, for both directions: an operation is armed only after the call itself said EAGAIN, so the next edge can't be
 * missed. A foreign fd may be closed behind our back, so it is armed anew, one-shot, for each wait.
 *
 * What an event completes is told at once, after what was finished before the poll. n_waiting counts what lies in fd lists.
 */
#ifndef COIL_ENGINE_EPOLL_H
#define COIL_ENGINE_EPOLL_H

#include <poll.h>
#include <stdatomic.h>

#include "engine/kernel.h"
#include "engine/poller.h"

struct coil__epoll {
    struct coil__poller p;
    int epoll_fd, wake_fd;
    atomic_int woken; /* a wake is on its way: later ones need no write */
    uint32_t n_waiting;
};

/* op->priv, beside COIL__IN_HELPER */
enum {
    COIL__IN_LIST = 1,
    COIL__IN_PROGRESS = 2, /* a connect that has begun */
    COIL__BLOCKING = 4     /* a pipe or a terminal whose calls wait */
};

/* ---- epoll_try.c ---- */

/* Makes the operation's system call, which does not wait. Returns its result, or -EAGAIN. */
int coil__epoll_attempt(struct coil__op *op);

/* ---- epoll_submit.c ---- */

void coil__epoll_submit(struct coil__backend *base, struct coil__op *op);
void coil__epoll_cancel(struct coil__backend *base, struct coil__op *op);
/* Makes sure that the kernel will tell about this fd's waiting operations. Returns 0 or -errno. */
int coil__epoll_arm(struct coil__epoll *b, struct coil__fd_entry *e, int fd, bool owned);
/* All that wait in a list complete with -EBADF. */
void coil__epoll_kill(struct coil__epoll *b, struct coil__list *list);
/* A helper thread has done the operation, or will not: it is complete. b: struct coil__epoll. */
void coil__epoll_leave_helper(void *b, struct coil__op *op);

/* ---- epoll_poll.c ---- */

int coil__epoll_poll(struct coil__backend *base, int64_t timeout_ns);

static inline struct coil__epoll *coil__epoll_of(struct coil__backend *b)
{
    return (struct coil__epoll *)(void *)b;
}

static inline bool coil__epoll_wants_write(const struct coil__op *op)
{
    switch (op->code) {
    case COIL__OP_SEND:
    case COIL__OP_SENDMSG:
    case COIL__OP_CONNECT:
    case COIL__OP_WRITE:
    case COIL__OP_WRITEV:
        return true;
    case COIL__OP_POLL:
        return !(op->events & (POLLIN | POLLPRI | POLLRDHUP));
    default:
        return false;
    }
}

static inline void coil__epoll_leave(struct coil__epoll *b, struct coil__op *op)
{
    coil__list_remove(&op->link);
    b->n_waiting--;
}

/* A receive that leaves room in its buffer has emptied its stream: until the next edge the next one need not try. An edge says that there
 * may be something, the peer's end says so for good. */
static inline int coil__epoll_try(struct coil__fd_entry *e, struct coil__op *op)
{
    if (!(op->flags & COIL__OPF_STREAM))
        return coil__epoll_attempt(op);
    e->unread = false;
    ssize_t n = coil__sys_recv(op->fd, op->buf, op->len, (int)op->msg_flags | MSG_DONTWAIT);
    if (__builtin_expect(n < 0, 0))
        return errno == EINTR ? coil__epoll_attempt(op) : -errno;
    if ((uint32_t)n == op->len)
        e->unread = true;
    return (int)n;
}

#endif

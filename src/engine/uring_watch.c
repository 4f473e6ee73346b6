/* engine/uring_watch.c: receives that only want to be told that there is something (COIL__OPF_READY) are nothing that the ring has.
 *
 * Their fd is watched instead, by one poll that stays with the kernel until the fd is closed and completes at each edge, as a registration with
 * epoll does: no request is made, queued and forgotten for each message, which is what costs most when there are many connections.
 * An edge that nobody waits for is remembered (fd_entry.unread), and so is the end (fd_entry.ended).
 *
 * A close has to end the watch, because it holds the file open, and waits for its last completion.
 */
#include <errno.h>
#include <poll.h>

#include "engine/uring.h"

/* fd_entry.registered */
enum { WATCHED = 1, ENDING = 2 };

static uint64_t tag(const struct coil__fd_entry *e, int fd)
{
    uint32_t generation = e->generation & INT32_MAX;
    return COIL__WATCH_BIT | (uint64_t)generation << 32 | (uint32_t)fd;
}

static void begin(struct coil__uring *b, struct coil__fd_entry *e, int fd)
{
    struct io_uring_sqe *sqe = coil__uring_get_sqe(b);
    io_uring_prep_poll_multishot(sqe, fd, POLLIN | POLLRDHUP);
    io_uring_sqe_set_data64(sqe, tag(e, fd));
    e->registered = WATCHED;
}

void coil__uring_watch(struct coil__uring *b, struct coil__fd_entry *e, struct coil__op *op)
{
    if (e->registered && !(op->flags & COIL__OPF_TRIED) && (e->unread || e->ended)) {
        e->unread = false;
        coil__poller_finish(&b->p, op, -EAGAIN);
        return;
    }
    int fault = e->registered ? 0 : coil__sys_ring_fault(op);
    if (fault > 0) { /* interrupted: there may be something, as far as anybody knows */
        coil__poller_finish(&b->p, op, fault == EINTR ? -EAGAIN : -fault);
        return;
    }
    op->priv = COIL__WATCHES;
    op->state = COIL__OP_ARMED;
    coil__list_append(&e->writers, &op->link);
    if (!e->registered)
        begin(b, e, op->fd);
}

static void tell(struct coil__uring *b, struct coil__fd_entry *e, int result)
{
    struct coil__list now, *node; /* who comes meanwhile waits for the next edge */
    coil__list_init(&now);
    coil__list_splice(&now, &e->writers);
    while ((node = coil__list_pop(&now))) {
        e->unread = false; /* whoever waits empties it */
        coil__poller_finish(&b->p, COIL__CONTAINER(node, struct coil__op, link), result);
    }
}

void coil__uring_on_watch(struct coil__uring *b, uint64_t data, int result, uint32_t flags)
{
    int fd = (int)(uint32_t)data;
    struct coil__fd_entry *e = coil__fd_known(&b->p.fds, fd);
    if (!e || tag(e, fd) != data)
        return;
    if (!(flags & IORING_CQE_F_MORE))
        e->registered = 0;
    if (e->closing) {
        if (coil__uring_let_go(e))
            coil__poller_close(&b->p, e, e->closing);
        return;
    }
    e->unread = true;
    e->ended |= result > 0 && (result & (POLLRDHUP | POLLHUP | POLLERR));
    tell(b, e, result < 0 ? result : -EAGAIN);
}

void coil__uring_unwatch(struct coil__uring *b, struct coil__fd_entry *e, int fd)
{
    tell(b, e, -EBADF);
    e->unread = e->ended = false;
    if (e->registered != WATCHED)
        return;
    e->registered = ENDING;
    struct io_uring_sqe *sqe = coil__uring_get_sqe(b);
    io_uring_prep_cancel64(sqe, tag(e, fd), 0);
    io_uring_sqe_set_data64(
        sqe, COIL__WAKE_MESSAGE); /* what the watch itself completes with is what counts */
}

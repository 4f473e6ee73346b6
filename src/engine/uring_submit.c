/* engine/uring_submit.c: the way into the ring: operations, cancellations and closes become submission queue entries.
 *
 * What the ring has of an fd is in its entry's list `readers`, so that a close finds it. On a non-blocking fd the kernel says EAGAIN where it
 * would wait; such an operation has two stages, a poll and then itself (READYING).
 */
#include <errno.h>
#include <poll.h>
#include <sys/stat.h>

#include "engine/ring.h"
#include "engine/uring.h"

/* ---------------------------------------------------------------- operations to SQEs ---- */

static bool wants_write(const struct coil__op *op)
{
    return op->code == COIL__OP_WRITE || op->code == COIL__OP_WRITEV || op->code == COIL__OP_SEND ||
           op->code == COIL__OP_SENDMSG;
}

static void prepare(struct io_uring_sqe *sqe, struct coil__op *op)
{
    uint64_t offset = (uint64_t)op->offset;
    switch (op->code) {
    case COIL__OP_NOP:
        io_uring_prep_nop(sqe);
        break;
    case COIL__OP_POLL:
        io_uring_prep_poll_add(sqe, op->fd, op->events);
        break;
    case COIL__OP_SEND:
        io_uring_prep_send(sqe, op->fd, op->buf, op->len, (int)op->msg_flags | MSG_NOSIGNAL);
        break;
    case COIL__OP_RECVMSG:
        io_uring_prep_recvmsg(sqe, op->fd, op->msg, op->msg_flags);
        break;
    case COIL__OP_SENDMSG:
        io_uring_prep_sendmsg(sqe, op->fd, op->msg, op->msg_flags | MSG_NOSIGNAL);
        break;
    case COIL__OP_ACCEPT:
        io_uring_prep_accept(sqe, op->fd, op->addr, op->addrlen, SOCK_CLOEXEC | SOCK_NONBLOCK);
        break;
    case COIL__OP_CONNECT:
        io_uring_prep_connect(sqe, op->fd, op->const_addr, op->addr_size);
        break;
    case COIL__OP_READ:
        io_uring_prep_read(sqe, op->fd, op->buf, op->len, offset);
        break;
    case COIL__OP_WRITE:
        io_uring_prep_write(sqe, op->fd, op->buf, op->len, offset);
        break;
    case COIL__OP_READV:
        io_uring_prep_readv(sqe, op->fd, op->iov, op->len, offset);
        break;
    case COIL__OP_WRITEV:
        io_uring_prep_writev(sqe, op->fd, op->iov, op->len, offset);
        break;
    case COIL__OP_FSYNC:
        io_uring_prep_fsync(sqe, op->fd, op->msg_flags ? IORING_FSYNC_DATASYNC : 0);
        break;
    case COIL__OP_OPENAT:
        io_uring_prep_openat(sqe, op->fd, op->path, (int)op->open_flags | O_CLOEXEC, op->mode);
        break;
    case COIL__OP_STATX:
        io_uring_prep_statx(sqe, op->fd, op->path, (int)op->open_flags, op->mode, op->statx_buf);
        break;
    case COIL__OP_RENAMEAT:
        io_uring_prep_renameat(sqe, op->fd, op->path, op->fd2, op->path2, op->open_flags);
        break;
    case COIL__OP_UNLINKAT:
        io_uring_prep_unlinkat(sqe, op->fd, op->path, (int)op->open_flags);
        break;
    case COIL__OP_FALLOCATE:
        io_uring_prep_fallocate(sqe, op->fd, (int)op->open_flags, op->offset, op->length);
        break;
    case COIL__OP_FTRUNCATE:
        io_uring_prep_rw(COIL__RING_FTRUNCATE, sqe, op->fd, NULL, 0, (uint64_t)op->length);
        break;
    case COIL__OP_LINKAT:
        io_uring_prep_linkat(sqe, op->fd, op->path, op->fd2, op->path2, (int)op->open_flags);
        break;
    case COIL__OP_SYMLINKAT:
        io_uring_prep_symlinkat(sqe, op->path, op->fd2, op->path2);
        break;
    default:
        io_uring_prep_mkdirat(sqe, op->fd, op->path, op->mode);
        break;
    }
}

static inline void queue(struct coil__uring *b, struct coil__op *op)
{
    struct io_uring_sqe *sqe = coil__uring_get_sqe(b);
    int fault = coil__sys_ring_fault(op);
    if (fault > 0) {
        io_uring_prep_nop(sqe);
        op->priv |= COIL__FAILS;
        op->result = -fault;
    } else if (op->priv & COIL__READYING) {
        io_uring_prep_poll_add(sqe, op->fd, wants_write(op) ? POLLOUT : POLLIN);
    } else {
        if (op->code == COIL__OP_RECV) /* the most frequent by far */
            io_uring_prep_recv(sqe, op->fd, op->buf, op->len, (int)op->msg_flags);
        else
            prepare(sqe, op);
        if (fault == COIL__SYS_SHORT)
            sqe->len = (sqe->len + 1) / 2;
    }
    io_uring_sqe_set_data64(sqe, (uintptr_t)op);
    op->priv |= COIL__OWES_RESULT;
    op->state = COIL__OP_ARMED;
}

void coil__uring_queue_again(struct coil__uring *b, struct coil__op *op)
{
    queue(b, op);
}

void coil__uring_queue_cancel(struct coil__uring *b, struct coil__op *op)
{
    if (op->priv & COIL__OWES_CANCEL)
        return;
    op->priv |= COIL__OWES_CANCEL; /* first: it may complete while room is made, but is not told */
    struct io_uring_sqe *sqe = coil__uring_get_sqe(b);
    if (!(op->priv & COIL__OWES_RESULT)) { /* it completed while room was made */
        io_uring_prep_nop(sqe);
    } else {
        io_uring_prep_cancel64(sqe, (uintptr_t)op, 0);
    }
    io_uring_sqe_set_data64(sqe, (uintptr_t)op | COIL__CANCEL_BIT);
}

/* ---------------------------------------------------------------- the way in ---- */

static void begin_close(struct coil__uring *b, struct coil__fd_entry *e, struct coil__op *op)
{
    struct coil__list left, *node; /* any of them may complete while room is made for a cancel */
    coil__list_init(&left);
    coil__list_splice(&left, &e->readers);
    op->state = COIL__OP_ARMED;
    while ((node = coil__list_pop(&left))) {
        struct coil__op *armed = COIL__CONTAINER(node, struct coil__op, link);
        coil__list_append(&e->readers, node);
        armed->priv |= COIL__KILLED;
        coil__uring_queue_cancel(b, armed);
    }
    coil__uring_unwatch(b, e, op->fd);
    e->closing = op;
    if (coil__uring_let_go(e))
        coil__poller_close(&b->p, e, op);
}

/* epoll refuses files and directories; the ring calls them ready. One answer for both. */
static bool cannot_be_polled(int fd)
{
    struct stat st;
    return coil__sys_fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
}

/* Up to WRITEV all are COIL__CAP_STREAMS, without which there is no ring. */
static bool ring_has(const struct coil__uring *b, const struct coil__op *op)
{
    return op->code <= COIL__OP_WRITEV ||
           b->p.base.caps & coil__ring_cap((enum coil__opcode)op->code);
}

static __attribute__((noinline)) void submit_any(struct coil__uring *b, struct coil__op *op)
{
    if (coil__uring_has_fd(op) || op->code == COIL__OP_CLOSE) {
        struct coil__fd_entry *e = coil__poller_admit(&b->p, op);
        if (!e)
            return;
        if (op->code == COIL__OP_CLOSE) {
            begin_close(b, e, op);
            return;
        }
        if (op->code == COIL__OP_POLL && !(op->flags & (COIL__OPF_OWNED | COIL__OPF_TRIED)) &&
            cannot_be_polled(op->fd)) {
            coil__poller_finish(&b->p, op, -EPERM);
            return;
        }
        if (!ring_has(b, op)) {
            coil__poller_to_helper(&b->p, e, op);
            return;
        }
        if (op->flags & COIL__OPF_READY) {
            coil__uring_watch(b, e, op);
            return;
        }
        coil__list_append(&e->readers, &op->link);
        if ((op->flags & COIL__OPF_TRIED) && op->code >= COIL__OP_READ &&
            op->code <= COIL__OP_WRITEV) /* a non-blocking pipe would only say EAGAIN again */
            op->priv |= COIL__READYING;
    } else if (!ring_has(b, op)) {
        coil__poller_to_helper(&b->p, NULL, op);
        return;
    }
    queue(b, op);
}

/* Most operations receive or read, on an fd that is known. */
void coil__uring_submit(struct coil__backend *base, struct coil__op *op)
{
    struct coil__uring *b = coil__uring_of(base);
    base->in_flight++;
    op->priv = 0;
    op->state = COIL__OP_QUEUED;
    op->link.next = NULL;
    struct coil__fd_entry *e = NULL;
    if (op->code == COIL__OP_RECV || (op->code == COIL__OP_READ && !(op->flags & COIL__OPF_TRIED)))
        e = coil__fd_known(&b->p.fds, op->fd);
    if (e && !e->closing) {
        if (op->flags & COIL__OPF_READY) {
            coil__uring_watch(b, e, op);
            return;
        }
        coil__list_append(&e->readers, &op->link);
        queue(b, op);
    } else {
        submit_any(b, op);
    }
}

void coil__uring_cancel(struct coil__backend *base, struct coil__op *op)
{
    struct coil__uring *b = coil__uring_of(base);
    if (op->state != COIL__OP_ARMED || (op->priv & COIL__ASKED))
        return;
    if (op->priv & COIL__WATCHES) {
        coil__list_remove(&op->link);
        coil__poller_finish(&b->p, op, -ECANCELED);
        return;
    }
    if (op->priv & COIL__IN_HELPER) {
        if (coil__helpers_cancel(&b->p.helpers, op)) {
            op->result = -ECANCELED;
            coil__uring_leave_helper(b, op);
        }
        return;
    }
    if (!(op->priv & COIL__OWES_RESULT))
        return;
    op->priv |= COIL__ASKED;
    coil__uring_queue_cancel(b, op);
}

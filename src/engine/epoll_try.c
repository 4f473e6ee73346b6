/* engine/epoll_try.c: an operation's system call, made so that it does not wait, whatever the fd is. */
#include <errno.h>
#include <limits.h>

#include "engine/epoll.h"

static int try_poll(const struct coil__op *op)
{
    struct pollfd p = {.fd = op->fd, .events = (short)op->events};
    int n = coil__sys_poll(&p, 1, 0);
    if (n < 0)
        return -errno;
    if (n == 0)
        return -EAGAIN;
    return p.revents & POLLNVAL ? -EBADF : p.revents;
}

/* A blocking pipe or terminal: asked first, and written in pieces that fit when it is ready. */
static int try_blocking(const struct coil__op *op)
{
    struct coil__op probe = {.fd = op->fd,
                             .events = coil__epoll_wants_write(op) ? POLLOUT : POLLIN};
    int ready = try_poll(&probe);
    if (ready < 0)
        return ready;
    struct coil__op piece = *op;
    if (op->code == COIL__OP_WRITE && piece.len > PIPE_BUF)
        piece.len = PIPE_BUF;
    return coil__op_perform(&piece);
}

static int try_connect(struct coil__op *op)
{
    if (op->priv & COIL__IN_PROGRESS) {
        struct coil__op probe = {.fd = op->fd, .events = POLLOUT};
        int ready = try_poll(&probe);
        if (ready < 0)
            return ready;
        int err = 0;
        socklen_t size = sizeof err;
        if (coil__sys_getsockopt(op->fd, SOL_SOCKET, SO_ERROR, &err, &size) < 0)
            return -errno;
        return -err;
    }
    if (coil__sys_connect(op->fd, op->const_addr, op->addr_size) == 0)
        return 0;
    if (errno != EINPROGRESS && errno != EINTR)
        return errno == EAGAIN ? -ECONNREFUSED : -errno; /* a Unix socket whose backlog is full */
    op->priv |= COIL__IN_PROGRESS;
    return -EAGAIN;
}

static int try_op(struct coil__op *op)
{
    ssize_t n;
    switch (op->code) {
    case COIL__OP_POLL:
        return try_poll(op);
    case COIL__OP_RECV:
        n = coil__sys_recv(op->fd, op->buf, op->len, (int)op->msg_flags | MSG_DONTWAIT);
        break;
    case COIL__OP_SEND:
        n = coil__sys_send(op->fd, op->buf, op->len,
                           (int)op->msg_flags | MSG_DONTWAIT | MSG_NOSIGNAL);
        break;
    case COIL__OP_RECVMSG:
        n = coil__sys_recvmsg(op->fd, op->msg, (int)op->msg_flags | MSG_DONTWAIT);
        break;
    case COIL__OP_SENDMSG:
        n = coil__sys_sendmsg(op->fd, op->msg, (int)op->msg_flags | MSG_DONTWAIT | MSG_NOSIGNAL);
        break;
    case COIL__OP_ACCEPT: {
        struct coil__op probe = {.fd = op->fd, .events = POLLIN};
        if (!(op->flags & COIL__OPF_OWNED) && try_poll(&probe) == -EAGAIN)
            return -EAGAIN; /* the listening socket may be a blocking one */
        n = coil__sys_accept4(op->fd, op->addr, op->addrlen, SOCK_CLOEXEC | SOCK_NONBLOCK);
        break;
    }
    case COIL__OP_CONNECT:
        return try_connect(op);
    default:
        return op->priv & COIL__BLOCKING ? try_blocking(op) : coil__op_perform(op);
    }
    return n < 0 ? -errno : (int)n;
}

int coil__epoll_attempt(struct coil__op *op)
{
    int n;
    do {
        n = try_op(op);
    } while (n == -EINTR);
    return n == -EWOULDBLOCK ? -EAGAIN : n;
}

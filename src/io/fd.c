/* io/fd.c: the socket calls on raw fds, each one operation, tried directly first where that is likely to succeed. */
#include "coil/fd.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>

#include "base/sys.h"

#include "task/task.h"

/* Checks that a coroutine is running and that the arguments make sense. */
static int check(int fd, const void *buf, size_t n)
{
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (err < 0)
        return err;
    if (fd < 0)
        return -EBADF;
    return !buf && n > 0 ? -EINVAL : 0;
}

static uint32_t clamp(size_t n)
{
    return n > INT_MAX ? INT_MAX : (uint32_t)n;
}

/* A wait that carries nothing: a cancellation that came after the event is delivered all the same. */
int coil_wait_fd(int fd, int events)
{
    int err = check(fd, NULL, 0);
    if (err < 0)
        return err;
    if (events == 0 || (events & ~(POLLIN | POLLOUT | POLLPRI | POLLRDHUP)))
        return coil_fail(-EINVAL, "coil_wait_fd: events 0x%x", (unsigned)events);
    struct coil__op op = {.code = COIL__OP_POLL, .fd = fd, .events = (uint32_t)events};
    int ready = coil__op_await(&op);
    return ready >= 0 && coil__take_cancel(coil__current()) ? -ECANCELED : ready;
}

int coil_recv(int fd, void *buf, size_t n)
{
    int err = check(fd, buf, n);
    if (err < 0)
        return err;
    struct coil__op op = {.code = COIL__OP_RECV, .fd = fd, .buf = buf, .len = clamp(n)};
    return coil__op_await(&op);
}

/* Sends, and when there is no room waits for it. Not by a send operation: on the ring the kernel (6.18) takes the bytes out of a
 * message before it finds the queue of a Unix datagram peer full, and sends an empty one when it tries again. */
static int send_message(int fd, const struct msghdr *msg)
{
    for (;;) {
        ssize_t sent = coil__sys_sendmsg(fd, msg, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0)
            return (int)sent;
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN)
            return -errno;
        struct coil__op op = {.code = COIL__OP_POLL, .fd = fd, .events = POLLOUT};
        int ready = coil__op_await(&op);
        if (ready < 0)
            return ready;
    }
}

int coil_send(int fd, const void *buf, size_t n)
{
    int err = check(fd, buf, n);
    if (err < 0)
        return err;
    ssize_t sent = coil__sys_send(fd, buf, clamp(n), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0)
        return (int)sent;
    return errno == EAGAIN || errno == EINTR ? coil_sendto(fd, buf, n, NULL) : -errno;
}

int coil_sendall(int fd, const void *buf, size_t n)
{
    const char *at = buf;
    while (n > 0) {
        int sent = coil_send(fd, at, n);
        if (sent < 0)
            return sent;
        at += sent;
        n -= (size_t)sent;
    }
    return check(fd, buf, 0);
}

int coil_recvfrom(int fd, void *buf, size_t n, coil_address *ret_from)
{
    int err = check(fd, buf, n);
    if (err < 0)
        return err;
    coil_address from;
    struct iovec piece = {buf, clamp(n)};
    struct msghdr msg = {.msg_name = &from.storage,
                         .msg_namelen = sizeof from.storage,
                         .msg_iov = &piece,
                         .msg_iovlen = 1};
    from.storage.ss_family = AF_UNSPEC;
    struct coil__op op = {.code = COIL__OP_RECVMSG, .fd = fd, .msg = &msg};
    int got = coil__op_await(&op);
    if (got >= 0 && ret_from) {
        from.size = msg.msg_namelen;
        *ret_from = from;
    }
    return got;
}

int coil_sendto(int fd, const void *buf, size_t n, const coil_address *to)
{
    int err = check(fd, buf, n);
    if (err < 0)
        return err;
    struct iovec piece = {(void *)(uintptr_t)buf, clamp(n)};
    struct msghdr msg = {.msg_iov = &piece, .msg_iovlen = 1};
    if (to) {
        msg.msg_name = (void *)(uintptr_t)&to->storage;
        msg.msg_namelen = to->size;
    }
    return send_message(fd, &msg);
}

int coil_accept(int fd)
{
    int err = check(fd, NULL, 0);
    if (err < 0)
        return err;
    struct coil__op op = {.code = COIL__OP_ACCEPT, .fd = fd};
    return coil__op_await(&op);
}

int coil_connect(int fd, const struct sockaddr *address, socklen_t size)
{
    int err = check(fd, address, size);
    if (err < 0)
        return err;
    struct coil__op op = {
        .code = COIL__OP_CONNECT, .fd = fd, .const_addr = address, .addr_size = size};
    return coil__op_await(&op);
}

static const struct coil__wait_kind close_kind = {"close", NULL, NULL};

static void close_done(struct coil__op *op)
{
    coil__task_wake(op->owner);
}

/* A close can't be taken back, so its wait takes no cancellation: a request stays pending for the next suspension. */
int coil_close(int fd)
{
    int err = check(fd, NULL, 0);
    if (err < 0)
        return err;
    coil_remove_reader(fd);
    coil_remove_writer(fd);
    struct coil__task *self = coil__current();
    struct coil__op op = {.code = COIL__OP_CLOSE, .fd = fd, .owner = self, .done = close_done};
    self->wait_state = COIL__WAIT_PENDING;
    coil__loop_submit(coil__here.loop, &op);
    coil__suspend(&close_kind, &op);
    return op.result;
}

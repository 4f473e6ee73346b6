/* io/fd.c: the socket calls on raw fds, each one operation, tried directly first where that is likely to succeed. */
#include "coil/fd.h"

#include <errno.h>
#include <poll.h>

#include "base/sys.h"

#include "io/fd.h"
#include "task/sleepers.h"

int coil__fd_check(int fd, const void *buf, size_t n)
{
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (err < 0)
        return err;
    if (fd < 0)
        return -EBADF;
    coil__lend(buf);
    return !buf && n > 0 ? -EINVAL : 0;
}

int coil__fd_enter(int fd, const void *buf, size_t n)
{
    enum { STREAK = 128 };
    static __thread unsigned streak; /* of this thread's loop, over all its fds */
    int err = coil__fd_check(fd, buf, n);
    if (err < 0 || ++streak < STREAK)
        return err;
    streak = 0;
    return coil__yield(); /* before anything is taken: a cancellation costs nothing */
}

/* A wait that carries nothing: a cancellation that came after the event is delivered all the same. */
int coil_wait_fd(int fd, int events)
{
    int err = coil__fd_check(fd, NULL, 0);
    if (err < 0)
        return err;
    if (events == 0 || (events & ~(POLLIN | POLLOUT | POLLPRI | POLLRDHUP)))
        return coil_fail(-EINVAL, "coil_wait_fd: events 0x%x", (unsigned)events);
    struct coil__op op = {.code = COIL__OP_POLL, .fd = fd, .events = (uint32_t)events};
    int ready = coil__op_await(&op);
    int cancelled = ready >= 0 ? coil__take_cancel(coil__current()) : 0;
    return cancelled < 0 ? cancelled : ready;
}

int coil_recv(int fd, void *buf, size_t n)
{
    int err = coil__fd_check(fd, buf, n);
    if (err < 0)
        return err;
    struct coil__op op = {.code = COIL__OP_RECV, .fd = fd, .buf = buf, .len = coil__fd_clamp(n)};
    return coil__op_await(&op);
}

int coil_send(int fd, const void *buf, size_t n)
{
    int err = coil__fd_enter(fd, buf, n);
    if (err < 0)
        return err;
    size_t some = coil__loop_portion(coil__here.loop, fd, coil__fd_clamp(n));
    if (some == 0 && n > 0)
        return coil_sendto(fd, buf, n, NULL);
    ssize_t sent = coil__sys_send(fd, buf, some, MSG_DONTWAIT | MSG_NOSIGNAL);
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
    return coil__fd_check(fd, buf, 0);
}

int coil_accept(int fd)
{
    int err = coil__fd_check(fd, NULL, 0);
    if (err < 0)
        return err;
    struct coil__op op = {.code = COIL__OP_ACCEPT, .fd = fd};
    return coil__op_await(&op);
}

int coil_connect(int fd, const struct sockaddr *address, socklen_t size)
{
    int err = coil__fd_check(fd, address, size);
    if (err < 0)
        return err;
    struct coil__op op = {
        .code = COIL__OP_CONNECT, .fd = fd, .const_addr = address, .addr_size = size};
    return coil__op_await(&op);
}

static const struct coil__wait_kind close_kind = {"close", NULL, NULL, COIL__RESTS_NOT};

static void close_done(struct coil__op *op)
{
    coil__task_wake(op->owner);
}

/* A close can't be taken back, so its wait takes no cancellation: a request stays pending for the next suspension. */
int coil__fd_end(int fd, uint8_t flags)
{
    int err = coil__fd_check(fd, NULL, 0);
    if (err < 0)
        return err;
    coil_remove_reader(fd);
    coil_remove_writer(fd);
    struct coil__task *self = coil__current();
    struct coil__op op = {
        .code = COIL__OP_CLOSE, .flags = flags, .fd = fd, .owner = self, .done = close_done};
    self->wait_state = COIL__WAIT_PENDING;
    coil__loop_submit(coil__here.loop, &op);
    coil__suspend(&close_kind, &op);
    return op.result;
}

int coil_close(int fd)
{
    return coil__fd_end(fd, 0);
}

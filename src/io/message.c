/* io/message.c: whole messages on raw sockets: datagrams with their addresses, bytes with open files. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/sys.h"
#include "io/fd.h"

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

int coil_recvfrom(int fd, void *buf, size_t n, coil_address *ret_from)
{
    int err = coil__fd_check(fd, buf, n);
    if (err < 0)
        return err;
    coil_address from;
    struct iovec piece = {buf, coil__fd_clamp(n)};
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
    int err = coil__fd_enter(fd, buf, n);
    if (err < 0)
        return err;
    struct iovec piece = {(void *)(uintptr_t)buf, coil__fd_clamp(n)};
    struct msghdr msg = {.msg_iov = &piece, .msg_iovlen = 1};
    if (to) {
        msg.msg_name = (void *)(uintptr_t)&to->storage;
        msg.msg_namelen = to->size;
    }
    return send_message(fd, &msg);
}

/* ---------------------------------------------------------------- open files ---- */

enum { MOST_FDS = 253 }; /* of one message, says Linux */

union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(MOST_FDS * sizeof(int))];
};

int coil_send_fds(int socket, const void *buf, size_t n, const int *fds, int n_fds)
{
    int err = coil__fd_enter(socket, buf, n);
    if (err < 0)
        return err;
    if (n == 0 || n_fds < 0 || n_fds > MOST_FDS || (!fds && n_fds > 0))
        return coil_fail(-EINVAL, "coil_send_fds: %d files with %zu bytes", n_fds, n);
    union control control;
    struct iovec piece = {(void *)(uintptr_t)buf, coil__fd_clamp(n)};
    struct msghdr msg = {.msg_iov = &piece, .msg_iovlen = 1};
    if (n_fds > 0) {
        size_t size = (size_t)n_fds * sizeof *fds;
        memset(&control, 0, sizeof control);
        msg.msg_control = &control;
        msg.msg_controllen = CMSG_SPACE(size);
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(size);
        memcpy(CMSG_DATA(c), fds, size);
    }
    return send_message(socket, &msg);
}

/* Takes the files out of a message: how many there are. */
static int take_fds(struct msghdr *msg, int *fds)
{
    int n = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t size = c->cmsg_len - CMSG_LEN(0);
        memcpy(fds + n, CMSG_DATA(c), size);
        n += (int)(size / sizeof *fds);
    }
    return n;
}

int coil_recv_fds(int socket, void *buf, size_t n, int *ret_fds, int room, int *n_fds)
{
    int err = coil__fd_check(socket, buf, n);
    if (err < 0)
        return err;
    if (room < 0 || room > MOST_FDS || (!ret_fds && room > 0) || !n_fds)
        return coil_fail(-EINVAL, "coil_recv_fds: room for %d files", room);
    union control control;
    int fds[MOST_FDS];
    struct iovec piece = {buf, coil__fd_clamp(n)};
    struct msghdr msg = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control};
    msg.msg_controllen =
        CMSG_LEN((size_t)room * sizeof *fds); /* not SPACE: its padding has room for one more */
    struct coil__op op = {
        .code = COIL__OP_RECVMSG, .fd = socket, .msg = &msg, .msg_flags = MSG_CMSG_CLOEXEC};
    int got = coil__op_await(&op);
    if (got < 0)
        return got;
    int taken = take_fds(&msg, fds);
    if (msg.msg_flags & MSG_CTRUNC) {
        for (int i = 0; i < taken; i++)
            coil__sys_close(fds[i]);
        return coil_fail(-EMSGSIZE, "more files came than the %d there is room for", room);
    }
    if (taken > 0)
        memcpy(ret_fds, fds, (size_t)taken * sizeof *fds);
    *n_fds = taken;
    return got;
}

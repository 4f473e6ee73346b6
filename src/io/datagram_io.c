/* io/datagram_io.c: sending and receiving one datagram.
 *
 * A send tries the system call first, unless others wait already; a receive does when the last direct one succeeded, and once in
 * a while to find out. A receive asks with MSG_TRUNC, so that the kernel tells the whole size of a datagram.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>

#include "base/sys.h"
#include "io/datagram.h"
#include "task/sleepers.h"

static const struct coil__op unused_op;

/* What lies on other tasks' stacks is not given to the kernel asleep. */
static void lend(const struct msghdr *msg)
{
    coil__lend(msg->msg_name);
    coil__lend(msg->msg_iov->iov_base);
}

/* ---------------------------------------------------------------- receiving ---- */

enum { LOOK_EVERY = 16 };

/* Returns the size of the datagram, which may be more than fits. */
static int receive(struct coil__datagram *d, struct msghdr *msg)
{
    uint8_t tried = 0;
    if (d->likely || ++d->tries % LOOK_EVERY == 0) {
        lend(msg);
        ssize_t n = coil__sys_recvmsg(d->fd, msg, MSG_TRUNC | MSG_DONTWAIT);
        d->likely = n >= 0;
        if (n >= 0)
            return (int)n;
        if (errno != EAGAIN && errno != EINTR)
            return -errno;
        tried = errno == EAGAIN ? COIL__OPF_TRIED : 0;
    }
    struct coil__op op = unused_op;
    op.code = COIL__OP_RECVMSG;
    op.flags = COIL__OPF_OWNED | tried;
    op.fd = d->fd;
    op.msg = msg;
    op.msg_flags = MSG_TRUNC;
    d->receiving = true;
    d->room->streak = 0;
    int n = coil__op_await(&op);
    d->receiving = false;
    return n;
}

int coil_datagram_recvfrom(coil_datagram *handle, void *buf, size_t n, coil_address *ret_from,
                           size_t *ret_lost)
{
    struct coil__datagram *d;
    if (!buf && n > 0)
        return -EINVAL;
    int err = coil__datagram_enter(handle, &d);
    if (err < 0)
        return err;
    if (d->receiving)
        return coil__datagram_leave(d, -COIL_ECONCURRENT);
    coil_address from;
    struct iovec piece = {buf, n > INT_MAX ? INT_MAX : n};
    struct msghdr msg = {.msg_name = &from.storage,
                         .msg_namelen = sizeof from.storage,
                         .msg_iov = &piece,
                         .msg_iovlen = 1};
    memset(&from.storage, 0, sizeof(sa_family_t));
    int size = coil__datagram_leave(d, receive(d, &msg));
    if (size < 0)
        return size;
    if (ret_from) {
        from.size = msg.msg_namelen;
        *ret_from = from;
    }
    size_t lost = (size_t)size > piece.iov_len ? (size_t)size - piece.iov_len : 0;
    if (ret_lost)
        *ret_lost = lost;
    else if (lost > 0)
        return coil_fail(-EMSGSIZE, "a datagram of %d bytes does not fit into %zu", size,
                         piece.iov_len);
    return (int)((size_t)size - lost);
}

int coil_datagram_recv(coil_datagram *handle, void *buf, size_t n)
{
    return coil_datagram_recvfrom(handle, buf, n, NULL, NULL);
}

/* ---------------------------------------------------------------- sending ---- */

/* The queue of a Unix peer that we are not connected to is full. The kernel offers no way to wait for it (poll calls our own socket
 * writable), so it is asked again after a while. */
static int send_patiently(struct coil__datagram *d, const struct msghdr *msg)
{
    const double longest = 0.02;
    for (double pause = 0.0005;; pause = pause * 2 < longest ? pause * 2 : longest) {
        int err = coil_sleep(pause);
        if (err < 0)
            return err;
        if (d->closed)
            return -EBADF;
        ssize_t n = coil__sys_sendmsg(d->fd, msg, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n >= 0)
            return (int)n;
        if (errno != EAGAIN && errno != EINTR)
            return -errno;
    }
}

/* Waits for room and sends then. Not by a send operation: on the ring the kernel (6.18) takes the bytes out of the message before it
 * finds the queue of a Unix peer full, and sends an empty datagram when it tries again. */
static int send_when_writable(struct coil__datagram *d, const struct msghdr *msg)
{
    for (;;) {
        struct coil__op op = unused_op;
        op.code = COIL__OP_POLL;
        op.flags = COIL__OPF_OWNED;
        op.fd = d->fd;
        op.events = POLLOUT;
        int ready = coil__op_await(&op);
        if (ready < 0)
            return ready;
        ssize_t n = coil__sys_sendmsg(d->fd, msg, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n >= 0)
            return (int)n;
        if (errno != EAGAIN && errno != EINTR)
            return -errno;
    }
}

static int transmit(struct coil__datagram *d, const struct msghdr *msg)
{
    lend(msg);
    if (d->senders == 0) {
        ssize_t n = coil__sys_sendmsg(d->fd, msg, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n >= 0)
            return (int)n;
        if (errno != EAGAIN && errno != EINTR)
            return -errno;
    }
    d->senders++;
    d->room->streak = 0;
    int n =
        d->family == AF_UNIX && !d->connected ? send_patiently(d, msg) : send_when_writable(d, msg);
    d->senders--;
    return n;
}

/* What the peer of a connected socket is called, if `to` is not that. */
static int check_peer(const struct coil__datagram *d, const coil_address *to)
{
    coil_address peer = {.size = sizeof peer.storage};
    if (!d->connected)
        return to ? 0
                  : coil_fail(-EDESTADDRREQ, "the endpoint has no remote address, and none was "
                                             "given");
    if (!to)
        return 0;
    if (coil__sys_getpeername(d->fd, (struct sockaddr *)&peer.storage, &peer.size) < 0)
        return -errno;
    if (peer.size == to->size && memcmp(&peer.storage, &to->storage, to->size) == 0)
        return 0;
    char text[128];
    coil_address_format(&peer, text, sizeof text);
    return coil_fail(-EISCONN, "invalid address: must be NULL or %s", text);
}

static int fail_size(const struct coil__datagram *d, size_t n)
{
    if (d->family == AF_UNIX) {
        int room = 0;
        socklen_t size = sizeof room;
        coil__sys_getsockopt(d->fd, SOL_SOCKET, SO_SNDBUF, &room, &size);
        return coil_fail(-EMSGSIZE, "a datagram of %zu bytes: the send buffer has %d", n, room);
    }
    const int header = 8, most = d->family == AF_INET ? 65535 - 20 - header : 65535 - header;
    if (n <= (size_t)most)
        return coil_fail(-EMSGSIZE, "a datagram of %zu bytes is larger than this path's MTU", n);
    return coil_fail(-EMSGSIZE, "a datagram of %zu bytes: UDP carries at most %d", n, most);
}

int coil_datagram_sendto(coil_datagram *handle, const void *buf, size_t n, const coil_address *to)
{
    struct coil__datagram *d;
    if ((!buf && n > 0) || n > INT_MAX)
        return -EINVAL;
    int err = coil__datagram_enter(handle, &d);
    if (err < 0)
        return err;
    err = check_peer(d, to);
    if (err < 0)
        return coil__datagram_leave(d, err);
    struct iovec piece = {(void *)(uintptr_t)buf, n};
    struct msghdr msg = {.msg_iov = &piece, .msg_iovlen = 1};
    if (!d->connected) {
        msg.msg_name = (void *)(uintptr_t)&to->storage;
        msg.msg_namelen = to->size;
    }
    int sent = transmit(d, &msg);
    if (sent == -EMSGSIZE)
        sent = fail_size(d, n);
    return coil__datagram_leave(d, sent);
}

int coil_datagram_send(coil_datagram *handle, const void *buf, size_t n)
{
    return coil_datagram_sendto(handle, buf, n, NULL);
}

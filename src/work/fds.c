/* work/fds.c: a message over a Unix socket, and file descriptors beside it. */
#include "work/fds.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/sys.h"

union control {
    char bytes[CMSG_SPACE(COIL__FDS_MOST * sizeof(int))];
    struct cmsghdr align;
};

int coil__fds_send(int fd, const void *message, size_t size, const int *fds, int n)
{
    union control control = {.bytes = {0}};
    struct iovec iov = {(void *)(uintptr_t)message, size};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    if (n) {
        msg.msg_control = control.bytes;
        msg.msg_controllen = CMSG_SPACE((size_t)n * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN((size_t)n * sizeof(int));
        memcpy(CMSG_DATA(c), fds, (size_t)n * sizeof(int));
    }
    while (coil__sys_sendmsg(fd, &msg, MSG_NOSIGNAL) < 0)
        if (errno != EINTR)
            return -errno;
    return 0;
}

int coil__fds_receive(int fd, void *message, size_t size, int *ret_fds)
{
    union control control;
    struct iovec iov = {message, size};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.bytes,
                         .msg_controllen = sizeof control.bytes};
    ssize_t n;
    do
        n = coil__sys_recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    for (int i = 0; i < COIL__FDS_MOST; i++)
        ret_fds[i] = -1;
    struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&msg);
    if (c && c->cmsg_type == SCM_RIGHTS)
        memcpy(ret_fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
    return n == (ssize_t)size ? 0 : n < 0 ? -errno : -EPIPE;
}

void coil__fds_close(const int *fds, int n)
{
    for (int i = 0; i < n; i++)
        if (fds[i] >= 0)
            coil__sys_close(fds[i]);
}

/* engine/kernel.h: the pollers' rows of the table of system calls: epoll, io_uring and what io_uring does for us.
 *
 * The same as base/sys.h, and here because only the engine knows the kernel's pollers. NEGATIVE rows fail as liburing's calls do: with
 * -errno, and nothing is submitted.
 */
#ifndef COIL_ENGINE_KERNEL_H
#define COIL_ENGINE_KERNEL_H

#include <liburing.h>
#include <sys/epoll.h>

#include "base/sys.h"
#include "engine/backend.h"

#define COIL__SYS_NEGATIVE(type, call) \
    if (coil__fault)                   \
        return -coil__fault;           \
    return call

/* clang-format off */

COIL__SYS_CALL(epoll_create1, ERRNO, int, (int flags), epoll_create1(flags))
COIL__SYS_CALL(epoll_ctl, ERRNO, int, (int epfd, int how, int fd, struct epoll_event *event),
               epoll_ctl(epfd, how, fd, event))
COIL__SYS_CALL(epoll_pwait2, ERRNO, int,
               (int epfd, struct epoll_event *events, int room, const struct timespec *timeout),
               epoll_pwait2(epfd, events, room, timeout, NULL))
COIL__SYS_CALL(epoll_wait, ERRNO, int,
               (int epfd, struct epoll_event *events, int room, int timeout_ms),
               epoll_wait(epfd, events, room, timeout_ms))

COIL__SYS_CALL(io_uring_queue_init_params, NEGATIVE, int,
               (unsigned entries, struct io_uring *ring, struct io_uring_params *params),
               io_uring_queue_init_params(entries, ring, params))
COIL__SYS_CALL(io_uring_register_probe, NEGATIVE, int,
               (struct io_uring *ring, struct io_uring_probe *ret_probe, unsigned n),
               io_uring_register_probe(ring, ret_probe, n))
COIL__SYS_CALL(io_uring_submit, NEGATIVE, int, (struct io_uring *ring), io_uring_submit(ring))
COIL__SYS_CALL(io_uring_submit_and_wait, NEGATIVE, int, (struct io_uring *ring, unsigned n),
               io_uring_submit_and_wait(ring, n))
COIL__SYS_CALL(io_uring_submit_and_wait_timeout, NEGATIVE, int,
               (struct io_uring *ring, struct io_uring_cqe **cqe, unsigned n, struct __kernel_timespec *ts),
               io_uring_submit_and_wait_timeout(ring, cqe, n, ts, NULL))
COIL__SYS_CALL(io_uring_get_events, NEGATIVE, int, (struct io_uring *ring),
               io_uring_get_events(ring))
COIL__SYS_CALL(io_uring_submit_and_get_events, NEGATIVE, int, (struct io_uring *ring),
               io_uring_submit_and_get_events(ring))
COIL__SYS_CALL(io_uring_ring_dontfork, NEGATIVE, int, (struct io_uring *ring),
               io_uring_ring_dontfork(ring))

/* clang-format on */

/* What an operation on the ring must fail with, COIL__SYS_SHORT, or 0. It fails by being a NOP with this result, so that the kernel
 * takes nothing from the world that nobody would hear of. */
static inline int coil__sys_ring_fault(const struct coil__op *op)
{
#ifdef COIL_FAULTS
    static const char *const names[] = {[COIL__OP_NOP] = "ring:nop",
                                        [COIL__OP_POLL] = "ring:poll",
                                        [COIL__OP_RECV] = "ring:recv",
                                        [COIL__OP_SEND] = "ring:send",
                                        [COIL__OP_RECVMSG] = "ring:recvmsg",
                                        [COIL__OP_SENDMSG] = "ring:sendmsg",
                                        [COIL__OP_ACCEPT] = "ring:accept",
                                        [COIL__OP_CONNECT] = "ring:connect",
                                        [COIL__OP_READ] = "ring:read",
                                        [COIL__OP_WRITE] = "ring:write",
                                        [COIL__OP_READV] = "ring:readv",
                                        [COIL__OP_WRITEV] = "ring:writev",
                                        [COIL__OP_FSYNC] = "ring:fsync",
                                        [COIL__OP_OPENAT] = "ring:openat",
                                        [COIL__OP_STATX] = "ring:statx",
                                        [COIL__OP_RENAMEAT] = "ring:renameat",
                                        [COIL__OP_UNLINKAT] = "ring:unlinkat",
                                        [COIL__OP_MKDIRAT] = "ring:mkdirat",
                                        [COIL__OP_LINKAT] = "ring:linkat",
                                        [COIL__OP_SYMLINKAT] = "ring:symlinkat",
                                        [COIL__OP_FALLOCATE] = "ring:fallocate",
                                        [COIL__OP_FTRUNCATE] = "ring:ftruncate",
                                        [COIL__OP_CLOSE] = "ring:close",
                                        [COIL__OP_CALL] = "ring:call"};
    return coil__sys_fault(names[op->code]);
#else
    (void)op;
    return 0;
#endif
}

#endif

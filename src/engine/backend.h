/* engine/backend.h: the contract between the loop and the kernel's pollers.
 *
 * Layer: stands on base/ and the kernel; knows neither tasks nor loops. Two implementations,
 * epoll.h and uring.h, behind one table of functions; nobody above can tell which one runs. A third, sim.h, is
 * epoll's with the order, the time and the portions of completions chosen by a seed, for tests.
 *
 * The life of an operation: the caller fills a struct coil__op, hands it to submit(), and must leave it
 * and its buffer alone until done(op) is called. Promises:
 *   (a) an accepted operation completes exactly once, only from inside poll(), never re-entrantly
 *       from submit() or cancel();
 *   (b) until then the backend owns the operation and its buffer;
 *   (c) cancel() is an idempotent request that can't fail; the target's own result wins: an
 *       operation that took bytes or a connection reports them, else it reports -ECANCELED;
 *   (d) done() may submit and cancel operations, and must not run coroutines or call poll();
 *   (e) what a kernel can't do goes to helper threads inside the backend, under the same contract;
 *   (f) submit() never fails for lack of ring space: flush, then an intrusive overflow list.
 * One thread owns a backend and makes every call, except wake().
 */
#ifndef COIL_ENGINE_BACKEND_H
#define COIL_ENGINE_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/list.h"

/* What an operation does, and which fields it reads. The result is what the system call
 * would return: zero or more, or -errno. */
enum coil__opcode {
    COIL__OP_NOP,       /* completes with 0                                                     */
    COIL__OP_POLL,      /* fd, events (POLLIN|POLLOUT|POLLPRI): one shot; result: ready events.
                           -EPERM for what can't be polled (regular files, directories)         */
    COIL__OP_RECV,      /* fd, buf, len, msg_flags                                              */
    COIL__OP_SEND,      /* fd, buf, len, msg_flags: MSG_NOSIGNAL is added                       */
    COIL__OP_RECVMSG,   /* fd, msg, msg_flags                                                   */
    COIL__OP_SENDMSG,   /* fd, msg, msg_flags: MSG_NOSIGNAL is added                            */
    COIL__OP_ACCEPT,    /* fd, addr+addrlen (or NULL): result: a new fd, CLOEXEC and NONBLOCK   */
    COIL__OP_CONNECT,   /* fd, const_addr, addr_size: result: 0 when connected                  */
    COIL__OP_READ,      /* fd, buf, len, offset (-1: the file position). Pipes and TTYs too     */
    COIL__OP_WRITE,     /* fd, buf, len, offset (-1: the file position)                         */
    COIL__OP_READV,     /* fd, iov, len = count, offset                                         */
    COIL__OP_WRITEV,    /* fd, iov, len = count, offset                                         */
    COIL__OP_FALLOCATE, /* fd, offset, length, open_flags = FALLOC_FL_ mode                     */
    COIL__OP_FTRUNCATE, /* fd, length                                                           */
    COIL__OP_GETDENTS,  /* fd of a directory, buf, len: the next entries. Always a helper's work */
    COIL__OP_FSYNC,     /* fd, msg_flags != 0: only the data                                    */
    COIL__OP_OPENAT,    /* fd = directory, path, open_flags (CLOEXEC is added), mode; result: fd */
    COIL__OP_STATX,     /* fd = directory, path, open_flags = AT_ flags, buf = struct statx*,
                           mode = mask                                                          */
    COIL__OP_RENAMEAT,  /* fd, path -> fd2, path2, open_flags = RENAME_ flags                   */
    COIL__OP_UNLINKAT,  /* fd, path, open_flags = AT_ flags                                     */
    COIL__OP_MKDIRAT,   /* fd, path, mode                                                       */
    COIL__OP_LINKAT,    /* fd, path -> fd2, path2, open_flags = AT_ flags                       */
    COIL__OP_SYMLINKAT, /* path = what it says, fd2, path2 = where it stands                     */
    COIL__OP_CLOSE,     /* fd: first cancels what is armed on it (those complete with -EBADF
                           unless they have a result of their own), waits for it, forgets the fd,
                           closes it; completes last. fd >= 0; result of close()                */
    COIL__OP_CALL       /* fn(arg) in a helper thread; result: what it returns. Can't be
                           cancelled once it runs; -ECANCELED while it is still queued          */
};

enum coil__op_state {                  /* for whoever owns the op; set by the backend */
                      COIL__OP_IDLE,   /* not submitted, or done */
                      COIL__OP_QUEUED, /* accepted, the kernel has not seen it yet */
                      COIL__OP_ARMED,  /* in flight */
                      COIL__OP_CANCELLING
};

enum {
    COIL__OPF_OWNED = 1, /* the fd is Coil's own, non-blocking, closed only by COIL__OP_CLOSE: the
                            backend may keep it registered between operations. Without the flag an fd may be
                            closed and reused behind our back between operations             */
    COIL__OPF_TRIED = 2, /* the caller has just got EAGAIN from the same call: don't try, arm. Of a
                            COIL__OP_POLL: the fd is one that can be polled and is likely not ready */
    COIL__OPF_STREAM =
        4, /* of a COIL__OP_RECV: when it takes less than it has room for, the socket is empty */
    COIL__OPF_READY =
        8, /* of a COIL__OP_RECV with the two above: it may also complete with -EAGAIN when there is something: whoever
              submitted it then makes the system call itself, until it fails or leaves room. Without a buffer (buf NULL, len 0)
              it completes in no other way, unless by an error */
    COIL__OPF_LONG =
        16, /* of a COIL__OP_CLOSE: the kernel takes long for this close(), so a helper thread makes the call. Where none is
              to be had, and in the simulation, it is made here */
    COIL__OPF_BELL =
        32 /* of a COIL__OP_READ: the fd is an eventfd that blocks, and is likely not ready: nothing to find out or to try */
};

struct coil__op {
    void (*done)(struct coil__op *op); /* called once, from poll, with result set           */
    void *owner;                       /* the caller's: whoever waits for it                */
    int result;
    uint8_t code;  /* enum coil__opcode                                 */
    uint8_t state; /* enum coil__op_state; zero it before the first use */
    uint8_t flags; /* COIL__OPF_*                                       */
    uint8_t priv;  /* the backend's                                     */
    int fd;
    uint32_t len;
    union {
        void *buf;
        struct msghdr *msg;
        struct sockaddr *addr;
        const struct sockaddr *const_addr;
        const struct iovec *iov;
        const char *path;
        int64_t length;
        int (*fn)(void *arg);
    };
    union {
        int64_t offset;
        socklen_t *addrlen;
        const char *path2;
        void *statx_buf;
        void *arg;
        socklen_t addr_size;
    };
    union {
        uint32_t events;
        uint32_t msg_flags;
        uint32_t open_flags;
    };
    union {
        uint32_t mode;
        int fd2;
    };
    struct coil__list link; /* the backend's while it owns the op */
};

struct coil__backend {
    const struct coil__backend_ops *ops;
    uint32_t in_flight; /* accepted and not yet completed, without the backend's own wake-up  */
    uint32_t unsent;    /* messages to other backends that the kernel has not seen yet        */
    uint32_t caps;      /* COIL__CAP_*, engine/caps.h: what this kernel has                   */
};

struct coil__backend_options {
    unsigned entries; /* submission ring size; 0: the default; 2 is the tiny ring of the tests */
    uint32_t disable_caps;           /* COIL__CAP_*: pretend that the kernel lacks these */
    uint64_t seed;                   /* sim: what happens */
    const struct coil__clock *clock; /* sim: the loop's, or NULL */
};

struct coil__backend_ops {
    const char *name; /* "uring", "epoll", "sim" */

    /* Opens. Returns 0 and *ret_backend, or -errno. Proves itself by doing (one NOP round trip). */
    int (*open)(const struct coil__backend_options *options, struct coil__backend **ret_backend);

    /* Closes. Nothing may be in flight. */
    void (*close)(struct coil__backend *b);

    /* Takes an operation; never fails, never calls done(). */
    void (*submit)(struct coil__backend *b, struct coil__op *op);

    /* Asks an operation to end soon. No effect on an idle op, none the second time. */
    void (*cancel)(struct coil__backend *b, struct coil__op *op);

    /* Flushes what was submitted, waits up to timeout_ns (0: not at all, < 0: until something comes) and
     * calls done() for each completion; returns when at least one came, wake() was called, the time is
     * over or a signal interrupted it. Drains everything that is ready, so that what was
     * completed in the kernel before the call is seen by it. Returns the number of completions or a
     * negative errno for a broken backend. */
    int (*poll)(struct coil__backend *b, int64_t timeout_ns);

    /* Tells cheaply, without a system call where possible, whether a poll(0) has anything to do:
     * something to flush or something completed. May say yes in doubt. */
    bool (*pending)(struct coil__backend *b);

    /* Tells whether a poll(0) has something to do that fd() does not show: operations that the kernel has not seen yet, results
     * that needed no kernel. For those who sleep on fd(). */
    bool (*unshown)(struct coil__backend *b);

    /* Makes a poll that sleeps, or the next one, return. Any thread, async-signal-safe. */
    void (*wake)(struct coil__backend *b);

    /* The same for `to`, sent through b with b's next poll or flush: no system call of its own. b's thread; `to` may be closed
     * as soon as this returns. False: nothing was done, wake() is the way. NULL: it never can. */
    bool (*message)(struct coil__backend *b, struct coil__backend *to);

    /* Sends the messages that wait: for a b that will not be polled soon. NULL as message. */
    void (*flush)(struct coil__backend *b);

    /* An fd that is readable when poll(0) would find something: for embedding in another loop. */
    int (*fd)(struct coil__backend *b);

    /* After fork, in the child: drops everything without touching the parent's state. */
    void (*forget)(struct coil__backend *b);

    /* With COIL__CAP_SIMULATED: how many of len bytes may be tried by a system call that does not go through an operation; 0: none,
     * as if the kernel had nothing. */
    uint32_t (*portion)(struct coil__backend *b, int fd, uint32_t len);

    /* With COIL__CAP_SIMULATED: where a virtual clock that has nothing to do before next_ns (COIL__NEVER: no timer) goes. */
    int64_t (*wake_time)(struct coil__backend *b, int64_t next_ns);
};

extern const struct coil__backend_ops coil__uring_ops;
extern const struct coil__backend_ops coil__epoll_ops;
extern const struct coil__backend_ops coil__sim_ops;

/* Opens the backend that `name` asks for ("uring", "epoll", "sim"); NULL or "": io_uring, and epoll where
 * the kernel refuses it with ENOSYS, EPERM, EACCES or EINVAL (or the ring can't be had for ENOMEM/EMFILE-less
 * reasons such as a seccomp filter). Returns 0, -EINVAL for an unknown name, or the backend's error. */
int coil__backend_open(const char *name, const struct coil__backend_options *options,
                       struct coil__backend **ret_backend);

#endif

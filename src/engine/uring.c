/* engine/uring.c: the contract of backend.h on io_uring.
 *
 * One enter per poll: it submits what was queued and collects what is complete. Task work is deferred to that enter
 * (DEFER_TASKRUN); TASKRUN_FLAG tells without a system call that there is some.
 *
 * Completions an operation owes: its own, and one for each cancel request that was queued for it (at most one at a time). It is
 * done when none is owed any more, so the kernel never writes into memory that was given back. Room in the ring is made by flushing,
 * and when the kernel's completion queue is full by collecting, outside of poll into `finished`; so submission never fails.
 */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/door.h"
#include "engine/poller.h"
#include "engine/ring.h"

enum { MESSAGES = 16 }; /* on their way at the same time */

struct uring_backend {
    struct coil__poller p;
    struct io_uring ring;
    struct coil__door *door; /* to this ring */
    int wake_fd;             /* the door's   */
    uint64_t wake_value;     /* the armed read of wake_fd writes here */
    bool wake_armed;
    bool watched; /* fd() was asked for: the read must be with the kernel also between polls */
    atomic_int woken;
    uint32_t owed; /* completions that the kernel owes, without the wake read's */
    struct coil__door *messages[MESSAGES]; /* whom the ones in this ring, or failed ones, go to */
    unsigned n_messages;
    bool no_messages; /* the kernel refused one */
};

/* op->priv: what is owed, and why it ends */
enum priv {
    OWES_RESULT = 1,
    OWES_CANCEL = 2,
    KILLED = 4, /* the fd is being closed: -ECANCELED becomes -EBADF      */
    /* 8: COIL__IN_HELPER */
    READYING = 16, /* a poll is out first, the operation itself comes after  */
    ASKED = 32,    /* somebody wants it cancelled                            */
    FAILS = 64     /* a test wants it to fail: the result is there already   */
};

/* user_data: the op, its lowest bit set for the completion of a cancel; or, below any address: the wake read; a message that came;
 * the nth message of ours that failed (one that arrived completes silently) */
enum { CANCEL_BIT = 1, WAKE_READ = 0, WAKE_MESSAGE = 1, FAILED_MESSAGE = 16, LEAST_ADDRESS = 4096 };

static struct uring_backend *of(struct coil__backend *b)
{
    return (struct uring_backend *)(void *)b;
}

static bool has_fd_entry(const struct coil__op *op)
{
    return op->code >= COIL__OP_POLL && op->code <= COIL__OP_FSYNC;
}

/* ---------------------------------------------------------------- the ring ---- */

static void on_cqe(struct uring_backend *b, uint64_t data, int result);

/* In batches, which leave the kernel's queue before the first is looked at: it empties while we work, and whoever must make room in
 * the middle of it finds only what comes after. The operations lie on the stacks of tasks that slept: the cold lines of a batch are
 * fetched side by side. */
static int collect_cqes(struct uring_backend *b)
{
    enum { BATCH = 32, LINE = 64 };
    struct {
        uint64_t data;
        int result;
    } batch[BATCH];
    struct io_uring_cqe *cqe;
    unsigned head, n;
    int total = 0;
    do {
        n = 0;
        io_uring_for_each_cqe(&b->ring, head, cqe)
        {
            batch[n].data =
                io_uring_cqe_get_data64(cqe); /* an operation, or a small number of ours */
            batch[n].result = cqe->res;
            __builtin_prefetch((const void *)(uintptr_t)batch[n].data);
            __builtin_prefetch((const void *)(uintptr_t)(batch[n].data + LINE));
            if (++n == BATCH)
                break;
        }
        io_uring_cq_advance(&b->ring, n);
        for (unsigned i = 0; i < n; i++)
            on_cqe(b, batch[i].data, batch[i].result);
        total += (int)n;
    } while (n == BATCH);
    return total;
}

static bool kernel_has_more(struct uring_backend *b)
{
    unsigned flags = __atomic_load_n(b->ring.sq.kflags, __ATOMIC_RELAXED);
    return flags & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW);
}

/* A place in the submission ring. When it is full it is flushed; when the kernel won't take more before it got rid of
 * completions, they are collected. */
static inline struct io_uring_sqe *get_sqe(struct uring_backend *b)
{
    struct io_uring_sqe *sqe;
    while (!(sqe = io_uring_get_sqe(&b->ring))) {
        int n = coil__sys_io_uring_submit(&b->ring);
        if (n == -EBUSY || n == -EAGAIN || n == 0) {
            coil__sys_io_uring_get_events(&b->ring);
            collect_cqes(b);
        }
    }
    return sqe;
}

static void arm_wake(struct uring_backend *b)
{
    struct io_uring_sqe *sqe = get_sqe(b);
    io_uring_prep_read(sqe, b->wake_fd, &b->wake_value, sizeof b->wake_value, 0);
    io_uring_sqe_set_data64(sqe, WAKE_READ);
    b->wake_armed = true;
}

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

static inline void queue(struct uring_backend *b, struct coil__op *op)
{
    struct io_uring_sqe *sqe = get_sqe(b);
    int fault = coil__sys_ring_fault(op);
    if (fault > 0) {
        io_uring_prep_nop(sqe);
        op->priv |= FAILS;
        op->result = -fault;
    } else if (op->priv & READYING) {
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
    op->priv |= OWES_RESULT;
    op->state = COIL__OP_ARMED;
    b->owed++;
}

static void queue_cancel(struct uring_backend *b, struct coil__op *op)
{
    if (op->priv & OWES_CANCEL)
        return;
    struct io_uring_sqe *sqe = get_sqe(b);
    if (!(op->priv & OWES_RESULT)) { /* it completed while room was made */
        io_uring_prep_nop(sqe);
    } else {
        io_uring_prep_cancel64(sqe, (uintptr_t)op, 0);
    }
    io_uring_sqe_set_data64(sqe, (uintptr_t)op | CANCEL_BIT);
    op->priv |= OWES_CANCEL;
    b->owed++;
}

/* ---------------------------------------------------------------- completions ---- */

static void close_now(struct uring_backend *b, struct coil__fd_entry *e, struct coil__op *op)
{
    e->generation++;
    e->closing = NULL;
    coil__poller_finish(&b->p, op, coil__sys_close(op->fd) < 0 && errno != EINTR ? -errno : 0);
}

/* Nothing is owed for the operation any more. */
static inline void settle(struct uring_backend *b, struct coil__op *op)
{
    if (op->result == -ECANCELED && (op->priv & KILLED))
        op->result = -EBADF;
    struct coil__fd_entry *e = has_fd_entry(op) ? coil__fd_known(&b->p.fds, op->fd) : NULL;
    if (e && (op->priv & COIL__IN_HELPER))
        e->helpers--;
    coil__list_remove(&op->link);
    bool last = e && e->closing && e->helpers == 0 && coil__list_empty(&e->readers);
    coil__poller_finish(&b->p, op, op->result); /* it may be gone after this */
    if (last)
        close_now(b, e, e->closing);
}

/* The kernel would not wait by itself (a non-blocking fd): wait for readiness, then ask again. */
static bool go_on(struct uring_backend *b, struct coil__op *op)
{
    bool ended = op->priv & (ASKED | KILLED);
    if (op->priv & READYING) {
        if (op->result >= 0)
            op->priv &= (uint8_t)~READYING;
        else if (op->result != -EINTR && op->result != -EAGAIN)
            return false;
    } else if (op->result == -EINTR) {
        ;
    } else if (op->result == -EAGAIN && has_fd_entry(op) && op->code != COIL__OP_POLL &&
               !(op->msg_flags & MSG_DONTWAIT && op->code < COIL__OP_READ)) {
        op->priv |= READYING;
    } else {
        return false;
    }
    if (ended) {
        op->result = -ECANCELED;
        return false;
    }
    if (op->flags & COIL__OPF_READY) {
        op->result = -EAGAIN; /* the receive is not ours */
        return false;
    }
    queue(b, op);
    return true;
}

static void on_wake(struct uring_backend *b, uint64_t data, int result)
{
    if (data == WAKE_READ) {
        b->wake_armed = false;
        atomic_store(&b->woken, 0);
    } else if (data >= FAILED_MESSAGE && data - FAILED_MESSAGE < b->n_messages) {
        coil__door_ring(b->messages[data - FAILED_MESSAGE]);
        b->no_messages = b->no_messages || result == -EINVAL || result == -EOPNOTSUPP;
    }
}

static void on_cqe(struct uring_backend *b, uint64_t data, int result)
{
    if (data < LEAST_ADDRESS) {
        on_wake(b, data, result);
        return;
    }
    b->owed--;
    struct coil__op *op = (struct coil__op *)(uintptr_t)(data & ~(uint64_t)CANCEL_BIT);
    if (__builtin_expect(result >= 0 && op->priv == OWES_RESULT,
                         1)) { /* most often it went well, and nothing else is owed */
        op->priv = 0;
        op->result = result;
        settle(b, op);
        return;
    }
    if (data & CANCEL_BIT) {
        op->priv &= (uint8_t)~OWES_CANCEL;
        /* between two stages there was nothing to cancel: the request is made good now */
        if ((op->priv & OWES_RESULT) && result == -ENOENT && (op->priv & (ASKED | KILLED)))
            queue_cancel(b, op);
    } else {
        op->priv &= (uint8_t)~OWES_RESULT;
        if (!(op->priv & FAILS))
            op->result = result;
        op->priv &= (uint8_t)~FAILS;
        if (go_on(b, op))
            return;
    }
    if (!(op->priv & (OWES_RESULT | OWES_CANCEL)))
        settle(b, op);
}

static void collect_helper(void *ctx, struct coil__op *op)
{
    settle(ctx, op);
}

/* ---------------------------------------------------------------- the contract ---- */

static void begin_close(struct uring_backend *b, struct coil__fd_entry *e, struct coil__op *op)
{
    if (e->closing) {
        coil__poller_finish(&b->p, op, -EBADF);
        return;
    }
    op->state = COIL__OP_ARMED;
    e->closing = op;
    COIL__LIST_FOREACH (node, &e->readers) {
        struct coil__op *armed = COIL__CONTAINER(node, struct coil__op, link);
        armed->priv |= KILLED;
        queue_cancel(b, armed);
    }
    if (e->closing == op && e->helpers == 0 && coil__list_empty(&e->readers))
        close_now(b, e, op);
}

/* epoll refuses files and directories; the ring calls them ready. One answer for both. */
static bool cannot_be_polled(int fd)
{
    struct stat st;
    return coil__sys_fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
}

/* Up to WRITEV all are COIL__CAP_STREAMS, without which there is no ring. */
static bool ring_has(const struct uring_backend *b, const struct coil__op *op)
{
    return op->code <= COIL__OP_WRITEV ||
           b->p.base.caps & coil__ring_cap((enum coil__opcode)op->code);
}

static __attribute__((noinline)) void submit_any(struct uring_backend *b, struct coil__op *op)
{
    if (has_fd_entry(op) || op->code == COIL__OP_CLOSE) {
        int result;
        struct coil__fd_entry *e = coil__fd_admit(&b->p.fds, op, &result);
        if (!e) {
            coil__poller_finish(&b->p, op, result);
            return;
        }
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
        coil__list_append(&e->readers, &op->link);
        if ((op->flags & COIL__OPF_TRIED) && op->code >= COIL__OP_READ &&
            op->code <= COIL__OP_WRITEV) /* a non-blocking pipe would only say EAGAIN again */
            op->priv |= READYING;
    } else if (!ring_has(b, op)) {
        coil__poller_to_helper(&b->p, NULL, op);
        return;
    }
    queue(b, op);
}

/* Most operations receive or read, on an fd that is known. */
static void submit(struct coil__backend *base, struct coil__op *op)
{
    struct uring_backend *b = of(base);
    base->in_flight++;
    op->priv = 0;
    op->state = COIL__OP_QUEUED;
    op->link.next = NULL;
    struct coil__fd_entry *e = NULL;
    if (op->code == COIL__OP_RECV || (op->code == COIL__OP_READ && !(op->flags & COIL__OPF_TRIED)))
        e = coil__fd_known(&b->p.fds, op->fd);
    if (e && !e->closing) {
        if (op->flags & COIL__OPF_READY)
            op->priv |= READYING;
        coil__list_append(&e->readers, &op->link);
        queue(b, op);
    } else {
        submit_any(b, op);
    }
}

static void cancel(struct coil__backend *base, struct coil__op *op)
{
    struct uring_backend *b = of(base);
    if (op->state != COIL__OP_ARMED || (op->priv & ASKED))
        return;
    if (op->priv & COIL__IN_HELPER) {
        if (coil__helpers_cancel(&b->p.helpers, op)) {
            op->result = -ECANCELED;
            settle(b, op);
        }
        return;
    }
    if (!(op->priv & OWES_RESULT))
        return;
    op->priv |= ASKED;
    queue_cancel(b, op);
}

static int enter(struct uring_backend *b, int64_t timeout_ns)
{
    if (timeout_ns == 0) {
        if (io_uring_sq_ready(&b->ring) == 0 && !kernel_has_more(b))
            return 0;
        return coil__sys_io_uring_submit_and_get_events(&b->ring);
    }
    struct io_uring_cqe *cqe;
    struct __kernel_timespec ts = {timeout_ns / 1000000000, timeout_ns % 1000000000};
    return coil__sys_io_uring_submit_and_wait_timeout(&b->ring, &cqe, 1,
                                                      timeout_ns < 0 ? NULL : &ts);
}

/* Whoever sleeps on the ring's fd must see a wake(): its read has to be armed when no poll runs. */
static void arm_wake_for_watcher(struct uring_backend *b)
{
    if (b->watched && !b->wake_armed) {
        arm_wake(b);
        coil__sys_io_uring_submit(&b->ring);
    }
}

/* ---- messages: the kernel takes them from our ring, and they arrive as completions in the other one ---- */

static bool message(struct coil__backend *base, struct coil__backend *other)
{
    struct uring_backend *b = of(base), *to = of(other);
    if (other->ops != &coil__uring_ops || b->no_messages || b->n_messages == MESSAGES)
        return false;
    struct io_uring_sqe *sqe = get_sqe(b);
    if (coil__sys_fault("ring:msg_ring"))
        io_uring_prep_msg_ring(sqe, -1, 0, 0, 0); /* it will fail by itself */
    else
        io_uring_prep_msg_ring(sqe, to->door->ring_fd, 0, WAKE_MESSAGE, 0);
    io_uring_sqe_set_flags(sqe, IOSQE_CQE_SKIP_SUCCESS);
    io_uring_sqe_set_data64(sqe, FAILED_MESSAGE + b->n_messages);
    b->messages[b->n_messages++] = coil__door_ref(to->door);
    b->p.base.unsent = b->n_messages;
    return true;
}

/* Those that the kernel has taken have arrived, or their failure has been collected. */
static void forget_sent(struct uring_backend *b)
{
    if (b->n_messages == 0 || io_uring_sq_ready(&b->ring) > 0)
        return;
    while (b->n_messages > 0)
        coil__door_unref(b->messages[--b->n_messages]);
    b->p.base.unsent = 0;
}

/* Also when the ring takes nothing any more: then by the other way. */
static void flush(struct coil__backend *base)
{
    struct uring_backend *b = of(base);
    if (b->n_messages == 0)
        return;
    coil__sys_io_uring_submit(&b->ring);
    collect_cqes(b);
    for (unsigned i = 0; i < b->n_messages && io_uring_sq_ready(&b->ring) > 0; i++)
        coil__door_ring(b->messages[i]);
    forget_sent(b);
}

static int poll_backend(struct coil__backend *base, int64_t timeout_ns)
{
    struct uring_backend *b = of(base);
    if (!b->wake_armed)
        arm_wake(b);
    coil__helpers_collect(&b->p.helpers, collect_helper, b);
    if (!coil__list_empty(&b->p.finished) || io_uring_cq_ready(&b->ring))
        timeout_ns = 0;
    int err = enter(b, timeout_ns);
    /* one that finishes after this look and before the wake-up is taken in below is found by the next poll before it waits */
    coil__helpers_collect(&b->p.helpers, collect_helper, b);
    coil__poller_begin_telling(&b->p);
    collect_cqes(b);
    /* one enter hands out only so many: ask again while the kernel says that there are more */
    for (int rounds = 0; rounds < 64 && kernel_has_more(b); rounds++) {
        coil__sys_io_uring_get_events(&b->ring);
        collect_cqes(b);
    }
    int told = coil__poller_end_telling(&b->p);
    forget_sent(b);
    arm_wake_for_watcher(b);
    if (told > 0 || err >= 0 || err == -ETIME || err == -EINTR || err == -EAGAIN || err == -EBUSY)
        return told;
    return err;
}

static bool pending(struct coil__backend *base)
{
    struct uring_backend *b = of(base);
    return !coil__list_empty(&b->p.finished) || io_uring_sq_ready(&b->ring) > 0 ||
           io_uring_cq_ready(&b->ring) > 0 || kernel_has_more(b) ||
           coil__helpers_pending(&b->p.helpers);
}

static bool unshown(struct coil__backend *base)
{
    struct uring_backend *b = of(base);
    return !coil__list_empty(&b->p.finished) || io_uring_sq_ready(&b->ring) > 0 ||
           coil__helpers_pending(&b->p.helpers);
}

static void wake(struct coil__backend *base)
{
    struct uring_backend *b = of(base);
    if (!atomic_exchange(&b->woken, 1))
        coil__door_ring(b->door);
}

static int backend_fd(struct coil__backend *base)
{
    struct uring_backend *b = of(base);
    b->watched = true;
    arm_wake_for_watcher(b);
    return b->ring.ring_fd;
}

static void forget(struct coil__backend *base)
{
    coil__sys_close(of(base)->ring.ring_fd);
    coil__sys_close(of(base)->wake_fd);
}

static void close_backend(struct coil__backend *base)
{
    struct uring_backend *b = of(base);
    coil__helpers_done(&b->p.helpers);
    flush(base);
    while (b->n_messages > 0)
        coil__door_unref(b->messages[--b->n_messages]);
    coil__door_close(b->door, &b->ring);
    coil__fd_table_done(&b->p.fds);
    coil__free(b);
}

static int open_backend(const struct coil__backend_options *options,
                        struct coil__backend **ret_backend)
{
    struct uring_backend *b = coil__calloc(1, sizeof *b);
    if (!b)
        return -ENOMEM;
    coil__poller_init(&b->p, &coil__uring_ops);
    int err = coil__ring_open(&b->ring, options->entries ? options->entries : 256,
                              options->disable_caps, &b->p.base.caps);
    if (err < 0)
        goto free_backend;
    b->no_messages = !(b->p.base.caps & COIL__CAP_MESSAGES);
    coil__sys_io_uring_ring_dontfork(&b->ring);
    b->wake_fd = coil__sys_eventfd(0, EFD_CLOEXEC);
    if (b->wake_fd < 0) {
        err = -errno;
        goto exit_ring;
    }
    b->door = coil__malloc(sizeof *b->door);
    if (!b->door) {
        err = -ENOMEM;
        goto close_wake;
    }
    atomic_init(&b->door->refs, 1);
    b->door->ring_fd = b->ring.ring_fd;
    b->door->wake_fd = b->wake_fd;
    *ret_backend = &b->p.base;
    return 0;

close_wake:
    coil__sys_close(b->wake_fd);
exit_ring:
    io_uring_queue_exit(&b->ring);
free_backend:
    coil__free(b);
    return err;
}

const struct coil__backend_ops coil__uring_ops = {
    .name = "uring",
    .open = open_backend,
    .close = close_backend,
    .submit = submit,
    .cancel = cancel,
    .poll = poll_backend,
    .pending = pending,
    .unshown = unshown,
    .wake = wake,
    .message = message,
    .flush = flush,
    .fd = backend_fd,
    .forget = forget,
};

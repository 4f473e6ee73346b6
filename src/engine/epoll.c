/* engine/epoll.c: the contract of backend.h on epoll.
 *
 * Everything is tried first; what would block waits in its fd's list of readers or writers. An OWNED fd is registered once,
 * edge-triggered, for both directions: an operation is armed only after the call itself said EAGAIN, so the next edge can't be
 * missed. A foreign fd may be closed behind our back, so it is armed anew, one-shot, for each wait.
 *
 * What an event completes is told at once, after what was finished before the poll. n_waiting counts what lies in fd lists.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "engine/caps.h"
#include "engine/kernel.h"
#include "engine/poller.h"

struct epoll_backend {
    struct coil__poller p;
    int epoll_fd, wake_fd;
    atomic_int woken; /* a wake is on its way: later ones need no write */
    uint32_t n_waiting;
};

enum { EVENTS = 256 };
enum priv { IN_LIST = 1, IN_PROGRESS = 2, BLOCKING = 4 }; /* 8: COIL__IN_HELPER */

static struct epoll_backend *of(struct coil__backend *b)
{
    return (struct epoll_backend *)(void *)b;
}

/* ---------------------------------------------------------------- trying ---- */

static bool wants_write(const struct coil__op *op)
{
    switch (op->code) {
    case COIL__OP_SEND:
    case COIL__OP_SENDMSG:
    case COIL__OP_CONNECT:
    case COIL__OP_WRITE:
    case COIL__OP_WRITEV:
        return true;
    case COIL__OP_POLL:
        return !(op->events & (POLLIN | POLLPRI | POLLRDHUP));
    default:
        return false;
    }
}

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
    struct coil__op probe = {.fd = op->fd, .events = wants_write(op) ? POLLOUT : POLLIN};
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
    if (op->priv & IN_PROGRESS) {
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
    op->priv |= IN_PROGRESS;
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
        return op->priv & BLOCKING ? try_blocking(op) : coil__op_perform(op);
    }
    return n < 0 ? -errno : (int)n;
}

static __attribute__((noinline)) int attempt(struct coil__op *op)
{
    int n;
    do {
        n = try_op(op);
    } while (n == -EINTR);
    return n == -EWOULDBLOCK ? -EAGAIN : n;
}

/* ---------------------------------------------------------------- arming ---- */

static uint64_t tag(const struct coil__fd_entry *e, int fd)
{
    return ((uint64_t)e->generation << 32) | (uint32_t)fd;
}

static int control(struct epoll_backend *b, struct coil__fd_entry *e, int fd, uint32_t events)
{
    struct epoll_event ev = {.events = events, .data.u64 = tag(e, fd)};
    int how = e->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (coil__sys_epoll_ctl(b->epoll_fd, how, fd, &ev) == 0)
        goto done;
    /* a foreign fd that was closed, or closed and opened again, since we looked */
    if (errno == ENOENT)
        how = EPOLL_CTL_ADD;
    else if (errno == EEXIST)
        how = EPOLL_CTL_MOD;
    else
        return -errno;
    if (coil__sys_epoll_ctl(b->epoll_fd, how, fd, &ev) < 0)
        return -errno;
done:
    e->registered = events;
    return 0;
}

/* Makes sure that the kernel will tell about this fd's waiting operations. */
static int arm(struct epoll_backend *b, struct coil__fd_entry *e, int fd, bool owned)
{
    const uint32_t both = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    if (owned)
        return e->registered == both ? 0 : control(b, e, fd, both);
    uint32_t events = EPOLLONESHOT;
    if (!coil__list_empty(&e->readers))
        events |= EPOLLIN | EPOLLRDHUP | EPOLLPRI;
    if (!coil__list_empty(&e->writers))
        events |= EPOLLOUT;
    return control(b, e, fd, events);
}

static inline void leave_list(struct epoll_backend *b, struct coil__op *op)
{
    coil__list_remove(&op->link);
    b->n_waiting--;
}

static inline void join_list(struct epoll_backend *b, struct coil__list *line, struct coil__op *op)
{
    coil__list_append(line, &op->link);
    op->priv |= IN_LIST;
    op->state = COIL__OP_ARMED;
    b->n_waiting++;
}

static void wait_on_fd(struct epoll_backend *b, struct coil__fd_entry *e, struct coil__op *op)
{
    join_list(b, wants_write(op) ? &e->writers : &e->readers, op);
    int err = arm(b, e, op->fd, op->flags & COIL__OPF_OWNED);
    if (err < 0) {
        leave_list(b, op);
        coil__poller_finish(&b->p, op, err);
    }
}

/* A receive that leaves room in its buffer has emptied its stream: until the next edge the next one need not try. An edge says that there
 * may be something, the peer's end says so for good. */
static inline int attempt_on(struct coil__fd_entry *e, struct coil__op *op)
{
    if (!(op->flags & COIL__OPF_STREAM))
        return attempt(op);
    e->unread = false;
    ssize_t n = coil__sys_recv(op->fd, op->buf, op->len, (int)op->msg_flags | MSG_DONTWAIT);
    if (__builtin_expect(n < 0, 0))
        return errno == EINTR ? attempt(op) : -errno;
    if ((uint32_t)n == op->len)
        e->unread = true;
    return (int)n;
}

/* Only while edges are told: before, nobody would have heard of one. */
static inline bool is_empty(const struct coil__fd_entry *e, const struct coil__op *op)
{
    return (op->flags & COIL__OPF_STREAM) && (e->registered & EPOLLET) && !e->unread && !e->ended;
}

/* Regular files and directories can't be waited for; blocking pipes and terminals need care. */
static int inspect(struct coil__op *op, bool *ret_file)
{
    *ret_file = false;
    if (op->flags & COIL__OPF_OWNED || (op->code == COIL__OP_POLL && op->flags & COIL__OPF_TRIED))
        return 0;
    struct stat st;
    if (coil__sys_fstat(op->fd, &st) < 0)
        return -errno;
    *ret_file = S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) || S_ISBLK(st.st_mode);
    if (op->code == COIL__OP_POLL)
        return *ret_file ? -EPERM : 0;
    int fl = coil__sys_fcntl(op->fd, F_GETFL, 0);
    if (!*ret_file && fl >= 0 && !(fl & O_NONBLOCK))
        op->priv |= BLOCKING;
    return 0;
}

/* ---------------------------------------------------------------- closing ---- */

static void kill_list(struct epoll_backend *b, struct coil__list *list)
{
    while (!coil__list_empty(list)) {
        struct coil__op *op = COIL__CONTAINER(list->next, struct coil__op, link);
        leave_list(b, op);
        coil__poller_finish(&b->p, op, -EBADF);
    }
}

static void close_now(struct epoll_backend *b, struct coil__fd_entry *e, struct coil__op *op)
{
    if (e->registered)
        coil__sys_epoll_ctl(b->epoll_fd, EPOLL_CTL_DEL, op->fd, NULL);
    e->registered = 0;
    e->unread = e->ended = false;
    e->generation++;
    e->closing = NULL;
    coil__poller_finish(&b->p, op, coil__sys_close(op->fd) < 0 && errno != EINTR ? -errno : 0);
}

static void begin_close(struct epoll_backend *b, struct coil__fd_entry *e, struct coil__op *op)
{
    if (e->closing) {
        coil__poller_finish(&b->p, op, -EBADF);
        return;
    }
    kill_list(b, &e->readers);
    kill_list(b, &e->writers);
    if (e->helpers > 0) {
        op->state = COIL__OP_ARMED;
        e->closing = op;
    } else {
        close_now(b, e, op);
    }
}

/* ---------------------------------------------------------------- the contract ---- */

static __attribute__((noinline)) void submit_any(struct epoll_backend *b, struct coil__op *op)
{
    switch (op->code) {
    case COIL__OP_NOP:
        coil__poller_finish(&b->p, op, 0);
        return;
    case COIL__OP_CALL:
    case COIL__OP_OPENAT:
    case COIL__OP_STATX:
    case COIL__OP_RENAMEAT:
    case COIL__OP_UNLINKAT:
    case COIL__OP_MKDIRAT:
    case COIL__OP_LINKAT:
    case COIL__OP_SYMLINKAT:
        coil__poller_to_helper(&b->p, NULL, op);
        return;
    default:
        break;
    }
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
    bool file = op->code >= COIL__OP_FALLOCATE; /* up to FSYNC: the disk's work */
    int err = 0;
    if (!file && (op->code == COIL__OP_POLL || op->code >= COIL__OP_READ))
        err = inspect(op, &file);
    if (err < 0) {
        coil__poller_finish(&b->p, op, err);
        return;
    }
    if (file) {
        coil__poller_to_helper(&b->p, e, op);
        return;
    }
    struct coil__list *line = wants_write(op) ? &e->writers : &e->readers;
    int n = -EAGAIN;
    if (coil__list_empty(line) && !(op->flags & COIL__OPF_TRIED) && !is_empty(e, op))
        n = attempt_on(e, op); /* those who came first are served first */
    if (n == -EAGAIN)
        wait_on_fd(b, e, op);
    else
        coil__poller_finish(&b->p, op, n);
}

/* Most operations are receives from a stream that is known and empty. */
static void submit(struct coil__backend *base, struct coil__op *op)
{
    struct epoll_backend *b = of(base);
    base->in_flight++;
    op->priv = 0;
    op->link.next = NULL;
    struct coil__fd_entry *e =
        op->flags & COIL__OPF_STREAM ? coil__fd_known(&b->p.fds, op->fd) : NULL;
    if (e && is_empty(e, op) && !e->closing) {
        join_list(b, &e->readers, op);
        return;
    }
    op->state = COIL__OP_QUEUED;
    submit_any(b, op);
}

static void cancel(struct coil__backend *base, struct coil__op *op)
{
    struct epoll_backend *b = of(base);
    if (op->state != COIL__OP_ARMED)
        return;
    if (op->priv & IN_LIST) {
        leave_list(b, op);
        coil__poller_finish(&b->p, op, -ECANCELED);
    } else if ((op->priv & COIL__IN_HELPER) && coil__helpers_cancel(&b->p.helpers, op)) {
        struct coil__fd_entry *e = op->code >= COIL__OP_READ && op->code <= COIL__OP_FSYNC
                                       ? coil__fd_entry(&b->p.fds, op->fd)
                                       : NULL;
        if (e)
            e->helpers--;
        coil__poller_finish(&b->p, op, -ECANCELED);
        if (e && e->helpers == 0 && e->closing)
            close_now(b, e, e->closing);
    }
}

/* Tries those who wait, in order, until one would block. New ones that join meanwhile are not starved: they come last. */
static __attribute__((noinline)) void serve(struct epoll_backend *b, struct coil__fd_entry *e,
                                            struct coil__list *line)
{
    do {
        struct coil__op *op = COIL__CONTAINER(line->next, struct coil__op, link);
        int n = -EAGAIN;
        if (op->flags & COIL__OPF_READY) {
            e->unread = false; /* whoever waits empties it */
        } else {
            n = attempt_on(e, op);
            if (n == -EAGAIN)
                return;
        }
        leave_list(b, op);
        op->result = n;
        coil__poller_tell(&b->p, op);
    } while (!coil__list_empty(line));
}

static void on_wake(struct epoll_backend *b)
{
    uint64_t n;
    ssize_t got = coil__sys_read(b->wake_fd, &n, sizeof n);
    (void)got;
    atomic_store(&b->woken, 0);
}

static void arm_again(struct epoll_backend *b, struct coil__fd_entry *e, int fd)
{
    if (coil__list_empty(&e->readers) && coil__list_empty(&e->writers))
        return;
    int err = arm(b, e, fd, false);
    if (err < 0) {
        kill_list(b, &e->readers);
        kill_list(b, &e->writers);
    }
}

/* Whoever is told may close the fd, and it may be somebody else's then. */
static void on_event(struct epoll_backend *b, const struct epoll_event *ev)
{
    int fd = (int)(uint32_t)ev->data.u64;
    uint32_t generation = (uint32_t)(ev->data.u64 >> 32);
    if (fd == b->wake_fd) {
        on_wake(b);
        return;
    }
    struct coil__fd_entry *e = coil__fd_known(&b->p.fds, fd);
    if (!e || e->generation != generation)
        return;
    const uint32_t broken = EPOLLHUP | EPOLLERR;
    bool oneshot = e->registered & EPOLLONESHOT;
    e->unread = true;
    e->ended |= (ev->events & (EPOLLRDHUP | broken)) != 0;
    if ((ev->events & (EPOLLIN | EPOLLRDHUP | EPOLLPRI | broken)) && !coil__list_empty(&e->readers))
        serve(b, e, &e->readers);
    if ((ev->events & (EPOLLOUT | broken)) && !coil__list_empty(&e->writers) &&
        e->generation == generation)
        serve(b, e, &e->writers);
    if (oneshot && e->generation == generation)
        arm_again(b, e, fd);
}

/* The operation that an event will wake lies on the stack of a task that slept: its cold lines are fetched during the system
 * calls for the events before it. */
static void warm(struct epoll_backend *b, const struct epoll_event *ev)
{
    struct coil__fd_entry *e = coil__fd_known(&b->p.fds, (int)(uint32_t)ev->data.u64);
    if (!e || coil__list_empty(&e->readers))
        return;
    const struct coil__op *op = COIL__CONTAINER(e->readers.next, struct coil__op, link);
    __builtin_prefetch(op);
    __builtin_prefetch(&op->link);
}

static int wait_for_events(struct epoll_backend *b, struct epoll_event *events, int64_t timeout_ns)
{
    if (b->p.base.caps & COIL__CAP_PWAIT2) {
        struct timespec ts = {timeout_ns / 1000000000, timeout_ns % 1000000000};
        int n = coil__sys_epoll_pwait2(b->epoll_fd, events, EVENTS, timeout_ns < 0 ? NULL : &ts);
        if (n >= 0 || errno != ENOSYS)
            return n < 0 ? -errno : n;
        b->p.base.caps &= ~(uint32_t)COIL__CAP_PWAIT2;
    } /* whole milliseconds */
    int64_t ms = timeout_ns < 0 ? -1 : (timeout_ns + 999999) / 1000000;
    int n = coil__sys_epoll_wait(b->epoll_fd, events, EVENTS, ms > INT_MAX ? INT_MAX : (int)ms);
    return n < 0 ? -errno : n;
}

static void collect(void *ctx, struct coil__op *op)
{
    struct epoll_backend *b = ctx;
    struct coil__fd_entry *e = op->code >= COIL__OP_READ && op->code <= COIL__OP_FSYNC
                                   ? coil__fd_entry(&b->p.fds, op->fd)
                                   : NULL;
    coil__poller_finish(&b->p, op, op->result);
    if (e && --e->helpers == 0 && e->closing)
        close_now(b, e, e->closing);
}

static int poll_backend(struct coil__backend *base, int64_t timeout_ns)
{
    struct epoll_backend *b = of(base);
    struct epoll_event events[EVENTS];
    coil__helpers_collect(&b->p.helpers, collect, b);
    if (!coil__list_empty(&b->p.finished))
        timeout_ns = 0;
    int n = 0;
    if (timeout_ns != 0 || b->n_waiting > 0 || atomic_load(&b->woken))
        n = wait_for_events(b, events, timeout_ns);
    if (n < 0 && n != -EINTR)
        return n;
    /* one that finishes after this look and before the wake-up is taken in below is found by the next poll before it waits */
    coil__helpers_collect(&b->p.helpers, collect, b);
    coil__poller_begin_telling(&b->p);
    for (int i = 0; i < n; i++) {
        if (i + 2 < n)
            warm(b, &events[i + 2]);
        on_event(b, &events[i]);
    }
    return coil__poller_end_telling(&b->p);
}

static bool pending(struct coil__backend *base)
{
    struct epoll_backend *b = of(base);
    return b->n_waiting > 0 || !coil__list_empty(&b->p.finished) ||
           coil__helpers_pending(&b->p.helpers) || atomic_load(&b->woken);
}

static bool unshown(struct coil__backend *base)
{
    struct epoll_backend *b = of(base);
    return !coil__list_empty(&b->p.finished) || coil__helpers_pending(&b->p.helpers);
}

static void wake(struct coil__backend *base)
{
    struct epoll_backend *b = of(base);
    if (atomic_exchange(&b->woken, 1))
        return;
    while (coil__sys_eventfd_write(b->wake_fd, 1) < 0 && errno == EINTR)
        continue;
}

static int backend_fd(struct coil__backend *base)
{
    return of(base)->epoll_fd;
}

static void forget(struct coil__backend *base)
{
    coil__sys_close(of(base)->epoll_fd);
    coil__sys_close(of(base)->wake_fd);
}

static void close_backend(struct coil__backend *base)
{
    struct epoll_backend *b = of(base);
    coil__helpers_done(&b->p.helpers);
    coil__sys_close(b->wake_fd);
    coil__sys_close(b->epoll_fd);
    coil__fd_table_done(&b->p.fds);
    coil__free(b);
}

static int open_backend(const struct coil__backend_options *options,
                        struct coil__backend **ret_backend)
{
    struct epoll_backend *b = coil__calloc(1, sizeof *b);
    if (!b)
        return -ENOMEM;
    coil__poller_init(&b->p, &coil__epoll_ops);
    b->p.base.caps = COIL__CAP_PWAIT2 & ~options->disable_caps; /* until the kernel says no */
    int err;
    b->epoll_fd = coil__sys_epoll_create1(EPOLL_CLOEXEC);
    b->wake_fd = coil__sys_eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (b->epoll_fd < 0 || b->wake_fd < 0) {
        err = -errno;
        goto fail;
    }
    struct epoll_event ev = {.events = EPOLLIN, .data.u64 = (uint32_t)b->wake_fd};
    if (coil__sys_epoll_ctl(b->epoll_fd, EPOLL_CTL_ADD, b->wake_fd, &ev) < 0) {
        err = -errno;
        goto fail;
    }
    *ret_backend = &b->p.base;
    return 0;

fail:
    if (b->wake_fd >= 0)
        coil__sys_close(b->wake_fd);
    if (b->epoll_fd >= 0)
        coil__sys_close(b->epoll_fd);
    coil__free(b);
    return err;
}

const struct coil__backend_ops coil__epoll_ops = {
    .name = "epoll",
    .open = open_backend,
    .close = close_backend,
    .submit = submit,
    .cancel = cancel,
    .poll = poll_backend,
    .pending = pending,
    .unshown = unshown,
    .wake = wake,
    .fd = backend_fd,
    .forget = forget,
};

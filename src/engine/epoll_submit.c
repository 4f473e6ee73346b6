/* engine/epoll_submit.c: the way into epoll's backend: an operation is tried, else waits at its fd or goes to a helper thread. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "engine/epoll.h"

/* ---------------------------------------------------------------- arming ---- */

static uint64_t tag(const struct coil__fd_entry *e, int fd)
{
    return ((uint64_t)e->generation << 32) | (uint32_t)fd;
}

static int control(struct coil__epoll *b, struct coil__fd_entry *e, int fd, uint32_t events)
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

int coil__epoll_arm(struct coil__epoll *b, struct coil__fd_entry *e, int fd, bool owned)
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

static inline void join(struct coil__epoll *b, struct coil__list *line, struct coil__op *op)
{
    coil__list_append(line, &op->link);
    op->priv |= COIL__IN_LIST;
    op->state = COIL__OP_ARMED;
    b->n_waiting++;
}

static void wait_on_fd(struct coil__epoll *b, struct coil__fd_entry *e, struct coil__op *op)
{
    join(b, coil__epoll_wants_write(op) ? &e->writers : &e->readers, op);
    int err = coil__epoll_arm(b, e, op->fd, op->flags & COIL__OPF_OWNED);
    if (err < 0) {
        coil__epoll_leave(b, op);
        coil__poller_finish(&b->p, op, err);
    }
}

/* Only while edges are told: before, nobody would have heard of one. */
static inline bool is_empty(const struct coil__fd_entry *e, const struct coil__op *op)
{
    return (op->flags & COIL__OPF_STREAM) && (e->registered & EPOLLET) && !e->unread && !e->ended;
}

/* A receive without room for anything is told that there may be something; of an fd that is not registered yet the kernel will tell. */
static inline bool may_be_told(const struct coil__fd_entry *e, const struct coil__op *op)
{
    return e->registered & EPOLLET && !(op->flags & COIL__OPF_TRIED) && !is_empty(e, op);
}

/* Regular files and directories can't be waited for; blocking pipes and terminals need care. */
static int inspect(struct coil__op *op, bool *ret_file)
{
    *ret_file = false;
    if (op->flags & COIL__OPF_OWNED || (op->code == COIL__OP_POLL && op->flags & COIL__OPF_TRIED))
        return 0;
    if (op->flags & COIL__OPF_BELL) {
        op->priv |= COIL__BLOCKING;
        return 0;
    }
    struct stat st;
    if (coil__sys_fstat(op->fd, &st) < 0)
        return -errno;
    *ret_file = S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) || S_ISBLK(st.st_mode);
    if (op->code == COIL__OP_POLL)
        return *ret_file ? -EPERM : 0;
    int fl = coil__sys_fcntl(op->fd, F_GETFL, 0);
    if (!*ret_file && fl >= 0 && !(fl & O_NONBLOCK))
        op->priv |= COIL__BLOCKING;
    return 0;
}

/* ---------------------------------------------------------------- closing ---- */

void coil__epoll_kill(struct coil__epoll *b, struct coil__list *list)
{
    while (!coil__list_empty(list)) {
        struct coil__op *op = COIL__CONTAINER(list->next, struct coil__op, link);
        coil__epoll_leave(b, op);
        coil__poller_finish(&b->p, op, -EBADF);
    }
}

static void close_now(struct coil__epoll *b, struct coil__fd_entry *e, struct coil__op *op)
{
    if (e->registered)
        coil__sys_epoll_ctl(b->epoll_fd, EPOLL_CTL_DEL, op->fd, NULL);
    e->registered = 0;
    e->unread = e->ended = false;
    coil__poller_close(&b->p, e, op);
}

static void begin_close(struct coil__epoll *b, struct coil__fd_entry *e, struct coil__op *op)
{
    coil__epoll_kill(b, &e->readers);
    coil__epoll_kill(b, &e->writers);
    if (e->helpers > 0) {
        op->state = COIL__OP_ARMED;
        e->closing = op;
    } else {
        close_now(b, e, op);
    }
}

void coil__epoll_leave_helper(void *ctx, struct coil__op *op)
{
    struct coil__epoll *b = ctx;
    struct coil__fd_entry *e = op->code >= COIL__OP_READ && op->code <= COIL__OP_FSYNC
                                   ? coil__fd_entry(&b->p.fds, op->fd)
                                   : NULL;
    coil__poller_finish(&b->p, op, op->result);
    if (e && --e->helpers == 0 && e->closing)
        close_now(b, e, e->closing);
}

/* ---------------------------------------------------------------- the way in ---- */

static __attribute__((noinline)) void submit_any(struct coil__epoll *b, struct coil__op *op)
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
    struct coil__fd_entry *e = coil__poller_admit(&b->p, op);
    if (!e)
        return;
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
    struct coil__list *line = coil__epoll_wants_write(op) ? &e->writers : &e->readers;
    int n = -EAGAIN;
    bool first = coil__list_empty(line); /* those who came first are served first */
    if (first && op->flags & COIL__OPF_READY && !op->buf) {
        if (may_be_told(e, op)) {
            e->unread = false;
            coil__poller_finish(&b->p, op, n);
            return;
        }
    } else if (first && !(op->flags & (COIL__OPF_TRIED | COIL__OPF_BELL)) && !is_empty(e, op)) {
        n = coil__epoll_try(e, op);
    }
    if (n == -EAGAIN)
        wait_on_fd(b, e, op);
    else
        coil__poller_finish(&b->p, op, n);
}

/* Most operations are receives from a stream that is known and empty. */
void coil__epoll_submit(struct coil__backend *base, struct coil__op *op)
{
    struct coil__epoll *b = coil__epoll_of(base);
    base->in_flight++;
    op->priv = 0;
    op->link.next = NULL;
    struct coil__fd_entry *e =
        op->flags & COIL__OPF_STREAM ? coil__fd_known(&b->p.fds, op->fd) : NULL;
    if (e && is_empty(e, op) && !e->closing) {
        join(b, &e->readers, op);
        return;
    }
    op->state = COIL__OP_QUEUED;
    submit_any(b, op);
}

void coil__epoll_cancel(struct coil__backend *base, struct coil__op *op)
{
    struct coil__epoll *b = coil__epoll_of(base);
    if (op->state != COIL__OP_ARMED)
        return;
    if (op->priv & COIL__IN_LIST) {
        coil__epoll_leave(b, op);
        coil__poller_finish(&b->p, op, -ECANCELED);
    } else if ((op->priv & COIL__IN_HELPER) && coil__helpers_cancel(&b->p.helpers, op)) {
        op->result = -ECANCELED;
        coil__epoll_leave_helper(b, op);
    }
}

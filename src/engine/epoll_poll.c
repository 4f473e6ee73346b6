/* engine/epoll_poll.c: the way out of epoll's backend: events, and those whom they are for. */
#include <errno.h>
#include <limits.h>
#include <time.h>

#include "engine/caps.h"
#include "engine/epoll.h"

enum { EVENTS = 256 };

/* Tries those who wait, in order, until one would block. New ones that join meanwhile are not starved: they come last. */
static __attribute__((noinline)) void serve(struct coil__epoll *b, struct coil__fd_entry *e,
                                            struct coil__list *line)
{
    do {
        struct coil__op *op = COIL__CONTAINER(line->next, struct coil__op, link);
        int n = -EAGAIN;
        if (op->flags & COIL__OPF_READY) {
            e->unread = false; /* whoever waits empties it */
        } else {
            n = coil__epoll_try(e, op);
            if (n == -EAGAIN)
                return;
        }
        coil__epoll_leave(b, op);
        op->result = n;
        coil__poller_tell(&b->p, op);
    } while (!coil__list_empty(line));
}

static void on_wake(struct coil__epoll *b)
{
    uint64_t n;
    ssize_t got = coil__sys_read(b->wake_fd, &n, sizeof n);
    (void)got;
    atomic_store(&b->woken, 0);
}

static void arm_again(struct coil__epoll *b, struct coil__fd_entry *e, int fd)
{
    if (coil__list_empty(&e->readers) && coil__list_empty(&e->writers))
        return;
    int err = coil__epoll_arm(b, e, fd, false);
    if (err < 0) {
        coil__epoll_kill(b, &e->readers);
        coil__epoll_kill(b, &e->writers);
    }
}

/* Whoever is told may close the fd, and it may be somebody else's then. */
static void on_event(struct coil__epoll *b, const struct epoll_event *ev)
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
static void warm(struct coil__epoll *b, const struct epoll_event *ev)
{
    struct coil__fd_entry *e = coil__fd_known(&b->p.fds, (int)(uint32_t)ev->data.u64);
    if (!e || coil__list_empty(&e->readers))
        return;
    const struct coil__op *op = COIL__CONTAINER(e->readers.next, struct coil__op, link);
    __builtin_prefetch(op);
    __builtin_prefetch(&op->link);
}

static int wait_for_events(struct coil__epoll *b, struct epoll_event *events, int64_t timeout_ns)
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

int coil__epoll_poll(struct coil__backend *base, int64_t timeout_ns)
{
    struct coil__epoll *b = coil__epoll_of(base);
    struct epoll_event events[EVENTS];
    coil__helpers_collect(&b->p.helpers, coil__epoll_leave_helper, b);
    if (!coil__list_empty(&b->p.finished))
        timeout_ns = 0;
    int n = 0;
    if (timeout_ns != 0 || b->n_waiting > 0 || atomic_load(&b->woken))
        n = wait_for_events(b, events, timeout_ns);
    if (n < 0 && n != -EINTR)
        return n;
    /* one that finishes after this look and before the wake-up is taken in below is found by the next poll before it waits */
    coil__helpers_collect(&b->p.helpers, coil__epoll_leave_helper, b);
    coil__poller_begin_telling(&b->p);
    for (int i = 0; i < n; i++) {
        if (i + 2 < n)
            warm(b, &events[i + 2]);
        on_event(b, &events[i]);
    }
    return coil__poller_end_telling(&b->p);
}

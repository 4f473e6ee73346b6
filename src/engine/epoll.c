/* engine/epoll.c: the contract of backend.h on epoll: the backend's life, and how it is woken. */
#include "engine/epoll.h"

#include <errno.h>
#include <sys/eventfd.h>

#include "engine/caps.h"

static bool pending(struct coil__backend *base)
{
    struct coil__epoll *b = coil__epoll_of(base);
    return b->n_waiting > 0 || !coil__list_empty(&b->p.finished) ||
           coil__helpers_pending(&b->p.helpers) || atomic_load(&b->woken);
}

static bool unshown(struct coil__backend *base)
{
    struct coil__epoll *b = coil__epoll_of(base);
    return !coil__list_empty(&b->p.finished) || coil__helpers_pending(&b->p.helpers);
}

static void wake(struct coil__backend *base)
{
    struct coil__epoll *b = coil__epoll_of(base);
    if (atomic_exchange(&b->woken, 1))
        return;
    while (coil__sys_eventfd_write(b->wake_fd, 1) < 0 && errno == EINTR)
        continue;
}

static int backend_fd(struct coil__backend *base)
{
    return coil__epoll_of(base)->epoll_fd;
}

static void forget(struct coil__backend *base)
{
    coil__sys_close(coil__epoll_of(base)->epoll_fd);
    coil__sys_close(coil__epoll_of(base)->wake_fd);
}

static void close_backend(struct coil__backend *base)
{
    struct coil__epoll *b = coil__epoll_of(base);
    coil__helpers_done(&b->p.helpers);
    coil__sys_close(b->wake_fd);
    coil__sys_close(b->epoll_fd);
    coil__fd_table_done(&b->p.fds);
    coil__free(b);
}

static int open_backend(const struct coil__backend_options *options,
                        struct coil__backend **ret_backend)
{
    struct coil__epoll *b = coil__calloc(1, sizeof *b);
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
    .submit = coil__epoll_submit,
    .cancel = coil__epoll_cancel,
    .poll = coil__epoll_poll,
    .pending = pending,
    .unshown = unshown,
    .wake = wake,
    .fd = backend_fd,
    .forget = forget,
};

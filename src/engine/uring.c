/* engine/uring.c: the contract of backend.h on io_uring: the ring's life, and how it is woken.
 *
 * A write to its eventfd wakes it from anywhere, which a read that is always armed collects. Another ring's loop may also send a message with
 * its own next system call: the kernel takes it from that ring, and it arrives as a completion in this one.
 */
#include "engine/uring.h"

#include <errno.h>
#include <sys/eventfd.h>

#include "engine/ring.h"

/* ---------------------------------------------------------------- messages ---- */

static bool message(struct coil__backend *base, struct coil__backend *other)
{
    struct coil__uring *b = coil__uring_of(base), *to = coil__uring_of(other);
    if (other->ops != &coil__uring_ops || b->no_messages || b->n_messages == COIL__URING_MESSAGES)
        return false;
    struct io_uring_sqe *sqe = coil__uring_get_sqe(b);
    if (coil__sys_fault("ring:msg_ring"))
        io_uring_prep_msg_ring(sqe, -1, 0, 0, 0); /* it will fail by itself */
    else
        io_uring_prep_msg_ring(sqe, to->door->ring_fd, 0, COIL__WAKE_MESSAGE, 0);
    io_uring_sqe_set_flags(sqe, IOSQE_CQE_SKIP_SUCCESS);
    io_uring_sqe_set_data64(sqe, COIL__FAILED_MESSAGE + b->n_messages);
    b->messages[b->n_messages++] = coil__door_ref(to->door);
    b->p.base.unsent = b->n_messages;
    return true;
}

void coil__uring_forget_sent(struct coil__uring *b)
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
    struct coil__uring *b = coil__uring_of(base);
    if (b->n_messages == 0)
        return;
    coil__sys_io_uring_submit(&b->ring);
    coil__uring_collect(b);
    for (unsigned i = 0; i < b->n_messages && io_uring_sq_ready(&b->ring) > 0; i++)
        coil__door_ring(b->messages[i]);
    coil__uring_forget_sent(b);
}

/* ---------------------------------------------------------------- wake-ups ---- */

static bool pending(struct coil__backend *base)
{
    struct coil__uring *b = coil__uring_of(base);
    return !coil__list_empty(&b->p.finished) || io_uring_sq_ready(&b->ring) > 0 ||
           io_uring_cq_ready(&b->ring) > 0 || coil__uring_has_more(b) ||
           coil__helpers_pending(&b->p.helpers);
}

static bool unshown(struct coil__backend *base)
{
    struct coil__uring *b = coil__uring_of(base);
    return !coil__list_empty(&b->p.finished) || io_uring_sq_ready(&b->ring) > 0 ||
           coil__helpers_pending(&b->p.helpers);
}

static void wake(struct coil__backend *base)
{
    struct coil__uring *b = coil__uring_of(base);
    if (!atomic_exchange(&b->woken, 1))
        coil__door_ring(b->door);
}

/* ---------------------------------------------------------------- life ---- */

static void forget(struct coil__backend *base)
{
    coil__sys_close(coil__uring_of(base)->ring.ring_fd);
    coil__sys_close(coil__uring_of(base)->wake_fd);
}

static void close_backend(struct coil__backend *base)
{
    struct coil__uring *b = coil__uring_of(base);
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
    struct coil__uring *b = coil__calloc(1, sizeof *b);
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
    .submit = coil__uring_submit,
    .cancel = coil__uring_cancel,
    .poll = coil__uring_poll,
    .pending = pending,
    .unshown = unshown,
    .wake = wake,
    .message = message,
    .flush = flush,
    .fd = coil__uring_fd,
    .forget = forget,
};

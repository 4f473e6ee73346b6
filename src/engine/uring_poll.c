/* engine/uring_poll.c: the way out of the ring: what the kernel completes is collected, and done when nothing is owed for it any more. */
#include <errno.h>

#include "engine/uring.h"

/* ---------------------------------------------------------------- completions ---- */

/* Nothing is owed for the operation any more. */
static inline void settle(struct coil__uring *b, struct coil__op *op)
{
    if (op->result == -ECANCELED && (op->priv & COIL__KILLED))
        op->result = -EBADF;
    struct coil__fd_entry *e = coil__uring_has_fd(op) ? coil__fd_known(&b->p.fds, op->fd) : NULL;
    if (e && (op->priv & COIL__IN_HELPER))
        e->helpers--;
    coil__list_remove(&op->link);
    bool last = e && e->closing && coil__uring_let_go(e);
    coil__poller_finish(&b->p, op, op->result); /* it may be gone after this */
    if (last)
        coil__poller_close(&b->p, e, e->closing);
}

/* The kernel would not wait by itself (a non-blocking fd): wait for readiness, then ask again. */
static bool go_on(struct coil__uring *b, struct coil__op *op)
{
    bool ended = op->priv & (COIL__ASKED | COIL__KILLED);
    if (op->priv & COIL__READYING) {
        if (op->result >= 0)
            op->priv &= (uint8_t)~COIL__READYING;
        else if (op->result != -EINTR && op->result != -EAGAIN)
            return false;
    } else if (op->result == -EINTR) {
        ;
    } else if (op->result == -EAGAIN && coil__uring_has_fd(op) && op->code != COIL__OP_POLL &&
               !(op->msg_flags & MSG_DONTWAIT && op->code < COIL__OP_READ)) {
        op->priv |= COIL__READYING;
    } else {
        return false;
    }
    if (ended) {
        op->result = -ECANCELED;
        return false;
    }
    coil__uring_queue_again(b, op);
    return true;
}

static void on_wake(struct coil__uring *b, uint64_t data, int result)
{
    if (data == COIL__WAKE_READ) {
        b->wake_armed = false;
        atomic_store(&b->woken, 0);
    } else if (data >= COIL__FAILED_MESSAGE && data - COIL__FAILED_MESSAGE < b->n_messages) {
        coil__door_ring(b->messages[data - COIL__FAILED_MESSAGE]);
        b->no_messages = b->no_messages || result == -EINVAL || result == -EOPNOTSUPP;
    }
}

static void on_cqe(struct coil__uring *b, uint64_t data, int result, uint32_t flags)
{
    if (data < COIL__LEAST_ADDRESS) {
        on_wake(b, data, result);
        return;
    }
    if (data & COIL__WATCH_BIT) {
        coil__uring_on_watch(b, data, result, flags);
        return;
    }
    struct coil__op *op = (struct coil__op *)(uintptr_t)(data & ~(uint64_t)COIL__CANCEL_BIT);
    if (__builtin_expect(result >= 0 && op->priv == COIL__OWES_RESULT,
                         1)) { /* most often it went well, and nothing else is owed */
        op->priv = 0;
        op->result = result;
        settle(b, op);
        return;
    }
    if (data & COIL__CANCEL_BIT) {
        op->priv &= (uint8_t)~COIL__OWES_CANCEL;
        /* between two stages there was nothing to cancel: the request is made good now */
        if ((op->priv & COIL__OWES_RESULT) && result == -ENOENT &&
            (op->priv & (COIL__ASKED | COIL__KILLED)))
            coil__uring_queue_cancel(b, op);
    } else {
        op->priv &= (uint8_t)~COIL__OWES_RESULT;
        if (!(op->priv & COIL__FAILS))
            op->result = result;
        op->priv &= (uint8_t)~COIL__FAILS;
        if (go_on(b, op))
            return;
    }
    if (!(op->priv & (COIL__OWES_RESULT | COIL__OWES_CANCEL)))
        settle(b, op);
}

/* In batches, which leave the kernel's queue before the first is looked at: it empties while we work, and whoever must make room in
 * the middle of it finds only what comes after. The operations lie on the stacks of tasks that slept: the cold lines of a batch are
 * fetched side by side. */
void coil__uring_collect(struct coil__uring *b)
{
    enum { BATCH = 32, LINE = 64 };
    struct {
        uint64_t data;
        int result;
        uint32_t flags;
    } batch[BATCH];
    struct io_uring_cqe *cqe;
    unsigned head, n;
    do {
        n = 0;
        io_uring_for_each_cqe(&b->ring, head, cqe)
        {
            batch[n].data =
                io_uring_cqe_get_data64(cqe); /* an operation, or a small number of ours */
            batch[n].result = cqe->res;
            batch[n].flags = cqe->flags;
            __builtin_prefetch((const void *)(uintptr_t)batch[n].data);
            __builtin_prefetch((const void *)(uintptr_t)(batch[n].data + LINE));
            if (++n == BATCH)
                break;
        }
        io_uring_cq_advance(&b->ring, n);
        for (unsigned i = 0; i < n; i++)
            on_cqe(b, batch[i].data, batch[i].result, batch[i].flags);
    } while (n == BATCH);
}

void coil__uring_leave_helper(void *b, struct coil__op *op)
{
    settle(b, op);
}

/* ---------------------------------------------------------------- poll ---- */

static void arm_wake(struct coil__uring *b)
{
    struct io_uring_sqe *sqe = coil__uring_get_sqe(b);
    io_uring_prep_read(sqe, b->wake_fd, &b->wake_value, sizeof b->wake_value, 0);
    io_uring_sqe_set_data64(sqe, COIL__WAKE_READ);
    b->wake_armed = true;
}

/* Whoever sleeps on the ring's fd must see a wake(): its read has to be armed when no poll runs. */
static inline void arm_wake_for_watcher(struct coil__uring *b)
{
    if (b->watched && !b->wake_armed) {
        arm_wake(b);
        coil__sys_io_uring_submit(&b->ring);
    }
}

static int enter(struct coil__uring *b, int64_t timeout_ns)
{
    if (timeout_ns == 0) {
        if (io_uring_sq_ready(&b->ring) == 0 && !coil__uring_has_more(b))
            return 0;
        return coil__sys_io_uring_submit_and_get_events(&b->ring);
    }
    struct io_uring_cqe *cqe;
    struct __kernel_timespec ts = {timeout_ns / 1000000000, timeout_ns % 1000000000};
    return coil__sys_io_uring_submit_and_wait_timeout(&b->ring, &cqe, 1,
                                                      timeout_ns < 0 ? NULL : &ts);
}

int coil__uring_poll(struct coil__backend *base, int64_t timeout_ns)
{
    enum { ENOUGH = 256 };
    struct coil__uring *b = coil__uring_of(base);
    if (!b->wake_armed)
        arm_wake(b);
    coil__helpers_collect(&b->p.helpers, coil__uring_leave_helper, b);
    if (!coil__list_empty(&b->p.finished) || io_uring_cq_ready(&b->ring))
        timeout_ns = 0;
    int err = enter(b, timeout_ns);
    /* one that finishes after this look and before the wake-up is taken in below is found by the next poll before it waits */
    coil__helpers_collect(&b->p.helpers, coil__uring_leave_helper, b);
    coil__poller_begin_telling(&b->p);
    coil__uring_collect(b);
    /* one enter hands out only so many: ask again while the kernel says that there are more, up to as many as are still in the nearer
     * caches when those who are told run */
    for (int rounds = 0; rounds < 64 && b->p.told < ENOUGH && coil__uring_has_more(b); rounds++) {
        coil__sys_io_uring_get_events(&b->ring);
        coil__uring_collect(b);
    }
    int told = coil__poller_end_telling(&b->p);
    if (b->n_messages > 0)
        coil__uring_forget_sent(b);
    arm_wake_for_watcher(b);
    if (told > 0 || err >= 0 || err == -ETIME || err == -EINTR || err == -EAGAIN || err == -EBUSY)
        return told;
    return err;
}

int coil__uring_fd(struct coil__backend *base)
{
    struct coil__uring *b = coil__uring_of(base);
    b->watched = true;
    arm_wake_for_watcher(b);
    return b->ring.ring_fd;
}

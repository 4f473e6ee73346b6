/* io/stream_recv.c: bytes from the connection, and the two public reads that are little more than a receive.
 *
 * A receive goes straight to its destination. The system call is tried first only when data are likely, because the last one
 * filled its buffer; otherwise the operation is armed at once, which is cheaper than to be told to wait. A pipe is always tried first:
 * armed on io_uring it takes two operations, readiness and the read.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/sys.h"
#include "io/loan.h"
#include "task/sleepers.h"

static const struct coil__wait_kind receive_kind = {"operation", coil__op_cancel, coil__op_abandon,
                                                    COIL__RESTS_DIFFERENTLY},
                                    rest_kind = {"operation", coil__op_cancel, coil__op_abandon,
                                                 COIL__RESTS};

static struct coil__stream *of(struct coil__reader *r)
{
    return COIL__CONTAINER(r, struct coil__stream, reader);
}

/* The system call at once, where it is likely to find something. Returns what it got or its error; -EAGAIN: the operation is to be
 * armed, and *flags say whether the kernel was asked. */
static int receive_now(struct coil__stream *s, void *buf, uint32_t n, uint8_t *flags)
{
    size_t some = coil__loop_portion(s->room->loop, s->fd, n);
    if (some == 0)
        return -EAGAIN;
    coil__lend(buf);
    s->likely = false;
    ssize_t got = s->piped ? coil__sys_read(s->fd, buf, some)
                           : coil__sys_recv(s->fd, buf, some, MSG_DONTWAIT);
    if (got >= 0) {
        s->likely = (size_t)got == some;
        return (int)got;
    }
    if (errno == EAGAIN)
        *flags |= COIL__OPF_TRIED;
    return errno == EINTR ? -EAGAIN : -errno;
}

/* Waits until there is something to receive, with nothing of the kernel's on this stack: by a poll, or a receive without room. */
static __attribute__((noinline)) int rest(struct coil__stream *s, uint8_t code, uint8_t flags)
{
    struct coil__resting *r = coil__slab_get(&s->room->restings);
    if (!r)
        return -ENOMEM;
    coil__stream_op(s, code, NULL, 0, flags, &r->op);
    r->op.events = code == COIL__OP_POLL ? POLLIN : 0;
    int ready = coil__op_await_in(&r->op, &rest_kind);
    coil__slab_put(&s->room->restings, r);
    return ready;
}

/* A receive that has waited long is taken back, so that the stack can sleep: sleepers.c. That looks as if the fd had been closed, but it was
 * not. Then the wait goes on in another way, and when there is something the receive is begun again; that one is left alone. */
static __attribute__((noinline)) int receive_or_rest(struct coil__stream *s, struct coil__op *op)
{
    struct coil__op again = *op;
    int got = coil__op_await_in(op, &receive_kind);
    if (got != -EBADF || s->transport || s->fd < 0)
        return got;
    got = rest(s, COIL__OP_POLL, 0);
    return got < 0 && got != -ENOMEM ? got : coil__op_await(&again);
}

static inline int await_receive(struct coil__stream *s, void *buf, uint32_t n, uint8_t flags)
{
    struct coil__op op;
    coil__stream_op(s, COIL__OP_RECV, buf, n, flags, &op);
    return __builtin_expect(!s->piped && coil__tasks_of(s->room->loop)->sleepers, 0)
               ? receive_or_rest(s, &op)
               : coil__op_await(&op);
}

/* Whether to be told that there is something, and to fetch it when this task runs, or to have it fetched before. Poll collects what is
 * there for all tasks, and then they run: much that is fetched before has left the processor's nearest cache until its task
 * looks at it, and so has the kernel's side of the socket until the task answers. But a ring fetches without a system call, which
 * is worth more where little comes to few. To be told costs the ring nothing for each message as long as the fd is always fetched from in
 * this way, so that is decided once. */
static inline bool fetches_late(struct coil__stream *s)
{
    enum {
        CROWD = 512
    }; /* as many sockets as the nearer caches have room for, at the kernel's side */
    if (!s->late)
        s->late = s->room->n_open > CROWD || !(s->room->loop->backend->caps & COIL__CAP_STREAMS);
    return s->late;
}

/* By an operation that tries first, where there may be something that the backend has told of already; and will not tell of again, when
 * this leaves it behind. */
static int receive_anyway(struct coil__stream *s, void *buf, uint32_t n)
{
    s->reader.waiting = coil__current();
    int got = await_receive(s, buf, n, 0);
    s->reader.waiting = NULL;
    s->likely = true;
    return got;
}

/* The stream was told of something, which nobody has taken yet. Returns 0 when this task shall take it; -EBADF: meanwhile another task has
 * closed the stream, and the fd may be somebody else's; -ECANCELED, and what there is stays there. */
static inline int go_and_take(struct coil__stream *s, int fd)
{
    struct coil__task *self = coil__current();
    if (__builtin_expect(s->has_close || s->fd != fd, 0))
        return -EBADF;
    if (__builtin_expect(!self->must_cancel, 1))
        return 0;
    s->likely = true;
    return coil__take_cancel(self);
}

static inline int receive_late(struct coil__stream *s, void *buf, uint32_t n, uint8_t flags)
{
    int fd = s->fd, got;
    do {
        got = await_receive(s, buf, n, flags | COIL__OPF_READY);
        if (got != -EAGAIN) {
            s->likely = got == (int)n;
            return got;
        }
        flags = COIL__OPF_STREAM;
        got = go_and_take(s, fd);
        if (got == 0)
            got = receive_now(s, buf, n, &flags);
    } while (got == -EAGAIN && flags & COIL__OPF_TRIED);
    return __builtin_expect(got == -EAGAIN, 0) ? receive_anyway(s, buf, n) : got;
}

/* By an operation. The reader is taken meanwhile. */
static inline int receive_armed(struct coil__stream *s, void *buf, uint32_t n, uint8_t flags)
{
    enum { MUCH = 4096 };
    int got;
    s->room->streak = 0;
    s->reader.waiting = coil__current();
    if (flags & COIL__OPF_STREAM && fetches_late(s)) {
        got = receive_late(s, buf, n, flags);
    } else {
        got = await_receive(s, buf, n, flags);
        s->likely = got == (int)n;
        s->late = got >= MUCH && flags & COIL__OPF_STREAM;
    }
    s->reader.waiting = NULL;
    return got;
}

/* By the transport, which may suspend: the same. */
static int receive_above(struct coil__stream *s, void *buf, uint32_t n)
{
    s->reader.waiting = coil__current();
    int got = s->transport->ops->recv(s->transport, buf, n);
    s->reader.waiting = NULL;
    s->likely = got == (int)n;
    return got;
}

static int receive(struct coil__stream *s, void *buf, uint32_t n)
{
    if (s->transport)
        return receive_above(s, buf, n);
    uint8_t flags = s->bytes ? COIL__OPF_STREAM : 0;
    if (s->piped ? !s->may_block : s->likely) {
        int got = receive_now(s, buf, n, &flags);
        if (got != -EAGAIN)
            return got;
        if (!(flags & COIL__OPF_TRIED))
            return receive_anyway(s, buf, n);
    }
    return receive_armed(s, buf, n, flags);
}

/* No bytes: the end, ours or the peer's, or an error. */
static void note_end(struct coil__stream *s, int got)
{
    struct coil__reader *r = &s->reader;
    if (got < 0 && !s->has_close) {
        r->status = got;
        if (s->transport) /* its message goes along; the kernel has none */
            coil__error_set(&r->error, coil__error_ref(coil__error_current(got)));
    } else if (r->status == 0) {
        r->status = 1;
    }
}

int coil__stream_recv(struct coil__reader *r, void *buf, size_t n)
{
    struct coil__stream *s = of(r);
    if (n > INT_MAX)
        n = INT_MAX;
    if (r->waiting)
        return coil_fail(-COIL_ECONCURRENT, "another task is already reading from this stream");
    if (s->has_close) { /* closed from our side: this is the end */
        r->status = 1;
        return 0;
    }
    if (s->room->borrower == s)
        s->room->borrower = NULL;
    int got = receive(s, buf, (uint32_t)n);
    if (got > 0 || got == -ECANCELED)
        return got;
    note_end(s, got);
    return 0;
}

/* ---------------------------------------------------------------- into the loop's block ---- */

/* What is there, without suspending. -EAGAIN: nothing, or there may be something that the backend will not tell of again; *flags say
 * which. Without memory the bytes stay where they are. */
static inline int borrow_now(struct coil__stream *s, const char **ret_data, uint8_t *flags)
{
    char *block = coil__loan_block(s->room);
    s->likely = true;
    if (__builtin_expect(!block, 0))
        return -ENOMEM;
    int got = receive_now(s, block, COIL__LOAN_ROOM, flags);
    if (got > 0) {
        coil__loan_grant(s);
        *ret_data = block;
    }
    return got;
}

/* Waits to be told that there is something. An operation without room takes nothing. */
static inline int await_telling(struct coil__stream *s, uint8_t flags)
{
    flags |= COIL__OPF_STREAM | COIL__OPF_READY;
    if (__builtin_expect(coil__tasks_of(s->room->loop)->sleepers != NULL, 0))
        return rest(s, COIL__OP_RECV, flags);
    struct coil__op op;
    coil__stream_op(s, COIL__OP_RECV, NULL, 0, flags, &op);
    return coil__op_await(&op);
}

/* Waits, and then takes what there is. */
static inline int borrow_armed(struct coil__stream *s, const char **ret_data, uint8_t flags)
{
    int fd = s->fd, got;
    s->room->streak = 0;
    s->late = true;
    s->reader.waiting = coil__current();
    do {
        got = await_telling(s, flags);
        if (got != -EAGAIN)
            break;
        flags = 0;
        got = go_and_take(s, fd);
        if (got == 0)
            got = borrow_now(s, ret_data, &flags);
    } while (got == -EAGAIN && flags & COIL__OPF_TRIED);
    s->reader.waiting = NULL;
    s->likely |= got == -EAGAIN;
    return got;
}

int coil__stream_borrow(struct coil__reader *r, const char **ret_data)
{
    struct coil__stream *s = of(r);
    if (s->transport || s->unusual || !s->bytes || r->waiting)
        return -EAGAIN;
    coil__loan_end(s);
    uint8_t flags = 0;
    int got = -EAGAIN;
    if (s->likely) {
        got = borrow_now(s, ret_data, &flags);
        s->likely |= got == -EAGAIN && !(flags & COIL__OPF_TRIED);
    }
    if (got == -EAGAIN && !s->likely)
        got = borrow_armed(s, ret_data, flags);
    if (got > 0 || got == -EAGAIN || got == -ECANCELED || got == -ENOMEM)
        return got;
    note_end(s, got);
    return 0;
}

/* ---------------------------------------------------------------- the public reads ---- */

static __attribute__((noinline)) int read_any(coil_stream *stream, void *buf, size_t n)
{
    struct coil__stream *s;
    int err = !buf && n > 0 ? -EINVAL : coil__stream_begin_read(stream, &s);
    return err < 0 ? err : coil__stream_leave(s, coil__reader_read(&s->reader, buf, n));
}

/* Most reads find an empty buffer, nobody else, and no reason to try before they wait. */
static inline bool just_waits(const struct coil__stream *s)
{
    return !s->likely && !s->reader.waiting && s->reader.status == 0 &&
           coil__buffer_size(&s->reader.buf) == 0;
}

/* What read_any does in that case, without its questions: it receives straight into the caller's memory. */
int coil_stream_read(coil_stream *stream, void *buf, size_t n)
{
    struct coil__stream *s = coil__stream_usual(stream);
    if (!s || !just_waits(s) || !buf || n == 0 || n > INT_MAX)
        return read_any(stream, buf, n);
    s->users++;
    int got = receive_armed(s, buf, (uint32_t)n, s->bytes ? COIL__OPF_STREAM : 0);
    if (__builtin_expect(got > 0, 1))
        return coil__stream_leave(s, got);
    if (got != -ECANCELED) {
        note_end(s, got);
        got = coil__reader_read(&s->reader, buf, n); /* what the end means to a read */
    }
    return coil__stream_leave(s, got);
}

static __attribute__((noinline)) int readany_any(coil_stream *stream, const char **ret_data,
                                                 size_t *ret_size)
{
    struct coil__stream *s;
    int err = coil__stream_begin_read(stream, &s);
    return err < 0 ? err
                   : coil__stream_leave(s, coil__reader_readany(&s->reader, ret_data, ret_size));
}

/* The same of readany. */
int coil_stream_readany(coil_stream *stream, const char **ret_data, size_t *ret_size)
{
    struct coil__stream *s = coil__stream_usual(stream);
    if (!s || !just_waits(s) || !s->bytes || !ret_data || !ret_size)
        return readany_any(stream, ret_data, ret_size);
    s->users++;
    coil__loan_end(s);
    int got = borrow_armed(s, ret_data, 0);
    if (__builtin_expect(got > 0, 1)) {
        *ret_size = (size_t)got;
        return coil__stream_leave(s, got);
    }
    if (got != -ECANCELED && got != -ENOMEM) {
        if (got != -EAGAIN)
            note_end(s, got);
        got = coil__reader_readany(&s->reader, ret_data, ret_size);
    }
    return coil__stream_leave(s, got);
}

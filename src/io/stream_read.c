/* io/stream_read.c: bytes from the connection, and the public reads of a stream.
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
#include "io/stream.h"
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

/* Waits until there is something to receive, with nothing of the kernel's on this stack. */
static int rest(struct coil__stream *s)
{
    struct coil__resting *r = coil__slab_get(&s->room->restings);
    if (!r)
        return -ENOMEM;
    r->op = (struct coil__op){
        .code = COIL__OP_POLL, .flags = COIL__OPF_OWNED, .fd = s->fd, .events = POLLIN};
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
    got = rest(s);
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
 * is worth more where little comes. */
static inline bool fetches_late(const struct coil__stream *s)
{
    return s->bulky || !(s->room->loop->backend->caps & COIL__CAP_STREAMS);
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

/* There was something. Meanwhile another task may have closed the stream, whose fd may be somebody else's by now. */
static inline int receive_late(struct coil__stream *s, void *buf, uint32_t n, int fd)
{
    uint8_t flags = 0;
    if (s->has_close || s->fd != fd)
        return -EBADF;
    int got = receive_now(s, buf, n, &flags);
    return __builtin_expect(got == -EAGAIN, 0) ? receive_anyway(s, buf, n) : got;
}

/* By an operation. The reader is taken meanwhile. */
static inline int receive_armed(struct coil__stream *s, void *buf, uint32_t n, uint8_t flags)
{
    enum { MUCH = 4096 };
    s->room->streak = 0;
    s->reader.waiting = coil__current();
    int fd = s->fd, got;
    if (flags & COIL__OPF_STREAM && fetches_late(s))
        flags |= COIL__OPF_READY;
    got = await_receive(s, buf, n, flags);
    if (got == -EAGAIN)
        got = receive_late(s, buf, n, fd);
    else
        s->likely = got == (int)n;
    s->reader.waiting = NULL;
    s->bulky = got >= MUCH;
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
    int got = receive(s, buf, (uint32_t)n);
    if (got > 0 || got == -ECANCELED)
        return got;
    note_end(s, got);
    return 0;
}

/* ---------------------------------------------------------------- the public reads ---- */

/* Begins a read: one at a time. */
static int enter(coil_stream *handle, struct coil__stream **ret_stream)
{
    int err = coil__stream_enter(handle, ret_stream);
    if (err >= 0 && (*ret_stream)->reader.waiting)
        err = coil__stream_leave(*ret_stream, coil_fail(-COIL_ECONCURRENT,
                                                        "another task is already reading from "
                                                        "this stream"));
    return err;
}

static __attribute__((noinline)) int read_any(coil_stream *stream, void *buf, size_t n)
{
    struct coil__stream *s;
    int err = !buf && n > 0 ? -EINVAL : enter(stream, &s);
    return err < 0 ? err : coil__stream_leave(s, coil__reader_read(&s->reader, buf, n));
}

/* Most reads find an empty buffer, nobody else, and no reason to try before they wait: they receive straight into the caller's
 * memory. What read_any does in that case, without its questions. */
int coil_stream_read(coil_stream *stream, void *buf, size_t n)
{
    struct coil__stream *s = coil__stream_usual(stream);
    if (!s || s->likely || s->reader.waiting || s->reader.status != 0 ||
        coil__buffer_size(&s->reader.buf) > 0 || !buf || n == 0 || n > INT_MAX)
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

int coil_stream_readexactly(coil_stream *stream, void *buf, size_t n)
{
    struct coil__stream *s;
    int err = !buf && n > 0 ? -EINVAL : enter(stream, &s);
    return err < 0 ? err : coil__stream_leave(s, coil__reader_readexactly(&s->reader, buf, n));
}

int coil_stream_readline(coil_stream *stream, const char **ret_line, size_t *ret_size)
{
    struct coil__stream *s;
    int err = enter(stream, &s);
    return err < 0 ? err
                   : coil__stream_leave(s, coil__reader_readline(&s->reader, ret_line, ret_size));
}

int coil_stream_readuntil(coil_stream *stream, const void *separator, size_t size,
                          const char **ret_data, size_t *ret_size)
{
    struct coil__piece piece = {separator, size};
    struct coil__stream *s;
    int err = !separator ? -EINVAL : enter(stream, &s);
    if (err < 0)
        return err;
    return coil__stream_leave(s, coil__reader_readuntil(&s->reader, &piece, 1, ret_data, ret_size));
}

int coil_stream_readuntil_any(coil_stream *stream, const char *const *separators, size_t n,
                              const char **ret_data, size_t *ret_size)
{
    struct coil__stream *s;
    int err = enter(stream, &s);
    if (err < 0)
        return err;
    return coil__stream_leave(
        s, coil__reader_readuntil_any(&s->reader, separators, n, ret_data, ret_size));
}

int coil_stream_read_all(coil_stream *stream, const char **ret_data, size_t *ret_size)
{
    struct coil__stream *s;
    int err = enter(stream, &s);
    return err < 0 ? err
                   : coil__stream_leave(s, coil__reader_read_all(&s->reader, ret_data, ret_size));
}

int coil_stream_partial(coil_stream *stream, const char **ret_data)
{
    struct coil__stream *s;
    int err = coil__stream_find(stream, false, &s);
    return err < 0 ? err : coil__reader_partial(&s->reader, ret_data);
}

int coil_stream_at_eof(coil_stream *stream)
{
    struct coil__stream *s;
    int err = coil__stream_find(stream, false, &s);
    return err < 0 ? err : s->reader.status == 1 && coil__buffer_size(&s->reader.buf) == 0;
}

int coil_stream_set_limit(coil_stream *stream, size_t limit)
{
    struct coil__stream *s;
    int err = limit == 0 || limit > 1 << 30 ? -EINVAL : coil__stream_find(stream, false, &s);
    if (err >= 0)
        s->reader.limit = (uint32_t)limit;
    return err;
}

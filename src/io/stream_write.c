/* io/stream_write.c: the public writes of a stream.
 *
 * The kernel is asked first, as long as nothing waits; what it does not take goes to the buffer behind the stream (stream_out.c), or,
 * when it is long and the caller waits anyway, is sent from the caller's own memory.
 */
#include <errno.h>
#include <limits.h>
#include <sys/socket.h>

#include "base/sys.h"
#include "io/stream.h"
#include "task/sleepers.h"

/* ---------------------------------------------------------------- write ---- */

int coil__stream_unwritable(struct coil__stream *s)
{
    if (s->out && s->out->status < 0)
        return coil__stream_raise(s->out->status, s->out->error);
    if (s->reads_only)
        return coil_fail(-EBADF, "this end of the pipe is for reading");
    if (s->eof_written)
        return coil_fail(-COIL_EINVALIDSTATE, "a write after write_eof");
    if (s->state != COIL__STREAM_OPEN)
        return coil_fail(-ECONNABORTED, "the stream is closing");
    if (s->sends_file)
        return coil_fail(-COIL_EINVALIDSTATE, "unable to write: a sendfile is in progress");
    return 0;
}

/* What a system call took: 0 when it would have to wait. */
static inline int taken(ssize_t k)
{
    if (__builtin_expect(k >= 0, 1))
        return (int)k;
    return errno == EAGAIN || errno == EINTR || errno == ENOBUFS ? 0 : -errno;
}

/* One system call (or the transport's like) that does not wait. Returns how many bytes it took, 0 when it would have to wait, or the error. */
static int send_now(struct coil__stream *s, const void *buf, size_t n)
{
    if (s->transport)
        return s->transport->ops->send_now ? s->transport->ops->send_now(s->transport, buf, n) : 0;
    if (s->may_block)
        return 0;
    if (n > INT_MAX)
        n = INT_MAX;
    n = coil__loop_portion(s->room->loop, s->fd, n);
    if (n == 0)
        return 0;
    coil__lend(buf);
    return taken(s->piped ? coil__sys_write(s->fd, buf, n)
                          : coil__sys_send(s->fd, buf, n, MSG_DONTWAIT | MSG_NOSIGNAL));
}

/* A send failed: the stream is broken for writing. */
static __attribute__((noinline, cold)) int broken(struct coil__stream *s, int err)
{
    if (coil__out_ensure(s) >= 0) {
        if (s->transport) /* its message goes along */
            coil__error_set(&s->out->error, coil__error_ref(coil__error_current(err)));
        coil__out_break(s->out, err);
    }
    return err;
}

/* Gives the kernel what it takes at once. Returns how many bytes, or an error, which also breaks the stream. */
static int try_send(struct coil__stream *s, const void *buf, size_t n)
{
    int k = coil__out_busy(s) ? 0 : send_now(s, buf, n);
    return k < 0 ? broken(s, k) : k;
}

static int buffer_rest(struct coil__stream *s, const char *buf, size_t n)
{
    int err = coil__out_ensure(s);
    if (err < 0)
        return err;
    bool idle = !coil__out_busy(s);
    err = coil__buffer_append(&s->out->pending, buf, n);
    if (err < 0)
        return err;
    coil__out_note_size(s->out);
    if (idle)
        coil__out_pump(s->out);
    return 0;
}

static int write_bytes(struct coil__stream *s, const char *buf, size_t n)
{
    int k = coil__stream_unwritable(s);
    if (k < 0 || n == 0)
        return k;
    k = try_send(s, buf, n);
    if (k < 0 || (size_t)k == n)
        return k < 0 ? k : 0;
    return buffer_rest(s, buf + k, n - (size_t)k);
}

int coil_stream_write(coil_stream *stream, const void *buf, size_t n)
{
    struct coil__stream *s;
    int err = !buf && n > 0 ? -EINVAL : coil__stream_find(stream, false, &s);
    return err < 0 ? err : write_bytes(s, buf, n);
}

int coil_stream_writelines(coil_stream *stream, const struct iovec *pieces, int n)
{
    struct coil__stream *s;
    int err = (!pieces && n > 0) || n < 0 ? -EINVAL : coil__stream_find(stream, false, &s);
    if (err >= 0)
        err = coil__stream_unwritable(s);
    /* small pieces are gathered first, so that they leave in one packet */
    size_t total = 0;
    for (int i = 0; i < n && err >= 0; i++)
        total += pieces[i].iov_len;
    if (err < 0 || total == 0)
        return err;
    err = coil__out_ensure(s);
    if (err >= 0)
        err = coil__buffer_reserve(&s->out->pending, total);
    if (err < 0)
        return err;
    bool idle = !coil__out_busy(s);
    for (int i = 0; i < n; i++)
        err = coil__buffer_append(&s->out->pending, pieces[i].iov_base, pieces[i].iov_len);
    struct coil__buffer *b = &s->out->pending;
    if (idle) {
        int k = send_now(s, coil__buffer_head(b), coil__buffer_size(b));
        coil__buffer_take(b, k > 0 ? (size_t)k : 0);
        coil__out_pump(s->out); /* an error of the send is met again there */
    } else {
        coil__out_note_size(s->out);
    }
    return err;
}

/* ---------------------------------------------------------------- drain and send ---- */

static int drain(struct coil__stream *s)
{
    if (s->reader.status < 0)
        return coil__stream_raise(s->reader.status, s->reader.error);
    while (s->out && s->out->paused && s->out->status == 0) {
        s->room->streak = 0;
        int err = coil__park(&s->out->drainers, &coil__stream_wait_kind, NULL);
        if (err < 0)
            return err;
    }
    return s->out && s->out->status < 0 ? coil__stream_raise(s->out->status, s->out->error) : 0;
}

int coil_stream_drain(coil_stream *stream)
{
    struct coil__stream *s;
    int err = coil__stream_enter(stream, &s);
    return err < 0 ? err : coil__stream_leave(s, drain(s));
}

static int send_some(struct coil__stream *s, const char *buf, size_t n)
{
    if (s->has_close)
        return -EBADF;
    if (s->transport)
        return s->transport->ops->send(s->transport, buf, n < INT_MAX ? n : INT_MAX);
    struct coil__op op;
    coil__stream_op(s, COIL__OP_SEND, (void *)(uintptr_t)buf, n, 0, &op);
    return coil__op_await(&op);
}

/* Sends from the caller's memory while nobody else is sending. A cancelled one leaves the rest to the background. */
static int send_direct(struct coil__stream *s, const char *buf, size_t n)
{
    int err = 0;
    s->direct = true;
    s->room->streak = 0;
    while (n > 0 && err >= 0) {
        err = send_some(s, buf, n);
        if (err > 0) {
            buf += err;
            n -= (size_t)err;
        }
    }
    s->direct = false;
    struct coil__out *out = s->out;
    if (err == -ECANCELED) {
        int lost = coil__buffer_append(&out->sending, buf, n);
        if (lost < 0) /* half a message must not be followed by another */
            coil__out_break(out, lost);
    } else if (err < 0) {
        err = s->has_close ? -ECONNABORTED : err;
        if (s->transport && !s->has_close)
            coil__error_set(&out->error, coil__error_ref(coil__error_current(err)));
        coil__out_break(out, err);
    }
    if (!s->has_close)
        coil__out_pump(out);
    return err < 0 ? err : 0;
}

/* What the kernel has not taken: from the caller's memory when it is long, else from the buffer. */
static int send_rest(struct coil__stream *s, const char *buf, size_t n)
{
    int err = coil__out_ensure(s);
    if (err < 0)
        return err;
    if (!coil__out_busy(s) && n > s->out->high)
        return send_direct(s, buf, n);
    err = buffer_rest(s, buf, n);
    return err < 0 ? err : drain(s);
}

static __attribute__((noinline)) int send_any(coil_stream *stream, const char *buf, size_t n)
{
    struct coil__stream *s;
    int err = !buf && n > 0 ? -EINVAL : coil__stream_enter(stream, &s);
    if (err < 0)
        return err;
    int k = coil__stream_unwritable(s);
    if (k >= 0 && n > 0)
        k = try_send(s, buf, n);
    if (k >= 0 && (size_t)k < n)
        k = send_rest(s, buf + k, n - (size_t)k);
    return coil__stream_leave(s, k < 0 ? k : 0);
}

/* What the kernel said, when it did not take all. */
static __attribute__((noinline, cold)) int sent_less(struct coil__stream *s, const char *buf,
                                                     size_t n, ssize_t k)
{
    s->users++;
    int err = taken(k);
    err = err < 0 ? broken(s, err) : send_rest(s, buf + err, n - (size_t)err);
    return coil__stream_leave(s, err);
}

/* Most sends have nothing before them in a buffer and are taken whole: what send_any does in that case, without its questions. */
int coil_stream_send(coil_stream *stream, const void *buf, size_t n)
{
    struct coil__stream *s = coil__stream_usual(stream);
    if (!s || s->out || !buf || n == 0 || s->room->streak + 1 >= COIL__STREAM_STREAK ||
        coil__loop_portion(coil__here.loop, s->fd, n) != n || n > INT_MAX)
        return send_any(stream, buf, n);
    s->room->streak++;
    ssize_t k = coil__sys_send(s->fd, buf, n, MSG_DONTWAIT | MSG_NOSIGNAL);
    return __builtin_expect(k == (ssize_t)n, 1) ? 0 : sent_less(s, buf, n, k);
}

/* ---------------------------------------------------------------- the end of writing ---- */

int coil__stream_shutdown(struct coil__stream *s)
{
    if (s->transport)
        return s->transport->ops->shutdown(s->transport);
    if (s->piped) {
        coil__stream_shut(s);
        return 0;
    }
    return coil__sys_shutdown(s->fd, SHUT_WR) < 0 && errno != ENOTCONN ? -errno : 0;
}

int coil_stream_write_eof(coil_stream *stream)
{
    struct coil__stream *s;
    int err = coil__stream_find(stream, false, &s);
    if (err < 0 || s->eof_written || s->state != COIL__STREAM_OPEN)
        return err;
    if (s->reads_only)
        return coil_fail(-EBADF, "this end of the pipe is for reading");
    if (s->transport && !s->transport->ops->shutdown)
        return coil_fail(-EOPNOTSUPP, "this transport can't end one direction");
    s->eof_written = true;
    return coil__out_busy(s) ? 0 : coil__stream_shutdown(s);
}

int coil_stream_can_write_eof(coil_stream *stream)
{
    struct coil__stream *s;
    int err = coil__stream_find(stream, false, &s);
    if (err < 0)
        return err;
    return s->transport ? s->transport->ops->shutdown != NULL : !s->reads_only;
}

int coil_stream_set_write_buffer_limits(coil_stream *stream, long high, long low)
{
    struct coil__stream *s;
    if (low < 0)
        low = high / 4;
    if (high < low || high > INT_MAX)
        return coil_fail(-EINVAL, "water marks: high %ld, low %ld", high, low);
    int err = coil__stream_find(stream, false, &s);
    if (err >= 0)
        err = coil__out_ensure(s);
    if (err < 0)
        return err;
    s->out->high = (uint32_t)high;
    s->out->low = (uint32_t)low;
    coil__out_note_size(s->out);
    return 0;
}

int coil_stream_get_write_buffer_size(coil_stream *stream)
{
    struct coil__stream *s;
    int err = coil__stream_find(stream, true, &s);
    return err < 0 ? err : s->out ? (int)coil__out_waiting(s->out) : 0;
}

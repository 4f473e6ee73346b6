/* io/stream_write.c: the buffer behind a stream, and what empties it in the background.
 *
 * Two blocks: the kernel owns `sending` while an operation is in flight, and what is written meanwhile goes to `pending`; when
 * the first is empty they change places. On a socket an operation and its callback do the work; on a transport, whose send
 * may suspend, a task does it. Bytes leave in the order of the calls, always.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>

#include "base/memory.h"
#include "base/sys.h"
#include "io/stream.h"

enum { HIGH = 65536, LOW = 16384, KEEP = 65536 };

/* ---------------------------------------------------------------- the writing half ---- */

static int ensure_out(struct coil__stream *s)
{
    if (s->out)
        return 0;
    struct coil__out *out = coil__calloc(1, sizeof *out);
    if (!out)
        return -ENOMEM;
    out->stream = s;
    out->high = HIGH;
    out->low = LOW;
    coil__list_init(&out->drainers);
    s->out = out;
    return 0;
}

void coil__out_free(struct coil__out *out)
{
    coil__buffer_done(&out->sending);
    coil__buffer_done(&out->pending);
    coil__error_unref(out->error);
    coil__free(out);
}

/* Of a broken connection nothing waits any more, whatever the kernel still holds. */
static uint32_t waiting_bytes(const struct coil__out *out)
{
    if (out->status < 0)
        return 0;
    return coil__buffer_size(&out->sending) + coil__buffer_size(&out->pending);
}

static void note_size(struct coil__out *out)
{
    uint32_t size = waiting_bytes(out);
    if (size > out->high) {
        out->paused = true;
    } else if (out->paused && size <= out->low) {
        out->paused = false;
        coil__stream_wake_all(&out->drainers);
    }
}

void coil__out_break(struct coil__out *out, int status)
{
    if (out->status == 0)
        out->status = status;
    if (!out->in_flight)
        coil__buffer_done(&out->sending);
    coil__buffer_done(&out->pending);
    out->paused = false;
    coil__stream_wake_all(&out->drainers);
}

/* ---------------------------------------------------------------- the background ---- */

static void pump(struct coil__out *out);

/* n bytes went out, or an error came. */
static void went_out(struct coil__out *out, int n)
{
    struct coil__stream *s = out->stream;
    out->in_flight = false;
    if (n < 0 || out->status < 0)
        coil__out_break(out, n < 0 ? n : out->status);
    else
        coil__buffer_take(&out->sending, (size_t)n);
    if (!s->has_close)
        pump(out);
    else
        coil__buffer_done(&out->sending);
}

static void sent(struct coil__op *op)
{
    went_out(COIL__CONTAINER(op, struct coil__out, op), op->result);
}

/* The task that sends for a transport. It keeps the stream alive. */
struct sender {
    struct coil__out *out;
};

static int send_all(void *args)
{
    struct coil__out *out = ((struct sender *)args)->out;
    struct coil__stream *s = out->stream;
    while (out->in_flight && !s->has_close) {
        int n = s->transport->ops->send(s->transport, coil__buffer_head(&out->sending),
                                        coil__buffer_size(&out->sending));
        if (n < 0) {
            coil__error_set(&out->error, coil__error_ref(coil__error_current(n)));
            coil__out_break(out, n);
            break;
        }
        coil__buffer_take(&out->sending, (size_t)n);
        if (coil__buffer_size(&out->sending) == 0 && coil__buffer_size(&out->pending) == 0)
            break;
        if (coil__buffer_size(&out->sending) == 0) {
            struct coil__buffer empty = out->sending;
            out->sending = out->pending;
            out->pending = empty;
        }
        note_size(out);
    }
    return 0;
}

/* Also when the task was cancelled before it ran. */
static void sender_ends(void *args)
{
    struct coil__out *out = ((struct sender *)args)->out;
    struct coil__stream *s = out->stream;
    if (coil__buffer_size(&out->sending) > 0 && out->status == 0)
        coil__out_break(out, -ECONNABORTED);
    went_out(out, 0);
    coil__stream_leave(s, 0);
}

static const coil_fn sender_fn = {"coil_stream sender", send_all, NULL, NULL, sender_ends, NULL};

static void start_sender(struct coil__out *out)
{
    coil_call call = {.fn = &sender_fn, .size = sizeof(struct sender)};
    struct coil__stream *s = out->stream;
    struct coil__task *t;
    memcpy(call.args, &(struct sender){out}, sizeof(struct sender));
    int err = coil__task_new(s->room->loop, &call, NULL, false, __FILE__, __LINE__, &t);
    if (err < 0) {
        coil__out_break(out, err);
        coil__stream_flushed(s);
        return;
    }
    t->base.owned = false;
    coil__awaitable_unref(s->room->loop, &t->base);
    out->in_flight = true;
    s->users++;
}

static void start_send(struct coil__out *out, uint8_t flags)
{
    struct coil__stream *s = out->stream;
    out->op = (struct coil__op){.code = COIL__OP_SEND,
                                .flags = (uint8_t)(COIL__OPF_OWNED | flags),
                                .fd = s->fd,
                                .buf = coil__buffer_head(&out->sending),
                                .len = coil__buffer_size(&out->sending),
                                .done = sent};
    out->in_flight = true;
    coil__loop_submit(s->room->loop, &out->op);
}

/* Sends what waits, if nobody is sending; when nothing waits, the stream goes on to whatever comes after. */
static void pump(struct coil__out *out)
{
    struct coil__stream *s = out->stream;
    if (out->in_flight || s->direct)
        return;
    if (coil__buffer_size(&out->sending) == 0) {
        struct coil__buffer empty = out->sending;
        out->sending = out->pending;
        out->pending = empty;
    }
    note_size(out);
    if (coil__buffer_size(&out->sending) == 0) {
        if (out->sending.room > KEEP)
            coil__buffer_done(&out->sending);
        if (out->pending.room > KEEP)
            coil__buffer_done(&out->pending);
        coil__stream_flushed(s);
    } else if (s->transport) {
        start_sender(out);
    } else {
        start_send(out, 0);
    }
}

/* ---------------------------------------------------------------- write ---- */

/* Why nothing can be written now, or 0. */
static int unwritable(struct coil__stream *s)
{
    if (s->out && s->out->status < 0)
        return coil__stream_raise(s->out->status, s->out->error);
    if (s->eof_written)
        return coil_fail(-COIL_EINVALIDSTATE, "a write after write_eof");
    if (s->state != COIL__STREAM_OPEN)
        return coil_fail(-ECONNABORTED, "the stream is closing");
    return 0;
}

/* Gives the kernel what it takes at once. Returns how many bytes, or an error, which also breaks the stream. */
static int try_send(struct coil__stream *s, const void *buf, size_t n)
{
    if (s->transport || coil__out_busy(s))
        return 0;
    ssize_t k = coil__sys_send(s->fd, buf, n > INT_MAX ? INT_MAX : n, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (k >= 0)
        return (int)k;
    if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)
        return 0;
    int err = -errno;
    if (ensure_out(s) >= 0)
        coil__out_break(s->out, err);
    return err;
}

static int buffer_rest(struct coil__stream *s, const char *buf, size_t n)
{
    int err = ensure_out(s);
    if (err < 0)
        return err;
    bool idle = !coil__out_busy(s);
    err = coil__buffer_append(&s->out->pending, buf, n);
    if (err < 0)
        return err;
    note_size(s->out);
    if (idle)
        pump(s->out);
    return 0;
}

static int write_bytes(struct coil__stream *s, const char *buf, size_t n)
{
    int k = unwritable(s);
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
        err = unwritable(s);
    /* small pieces are gathered first, so that they leave in one packet */
    size_t total = 0;
    for (int i = 0; i < n && err >= 0; i++)
        total += pieces[i].iov_len;
    if (err < 0 || total == 0)
        return err;
    err = ensure_out(s);
    if (err >= 0)
        err = coil__buffer_reserve(&s->out->pending, total);
    if (err < 0)
        return err;
    bool idle = !coil__out_busy(s);
    for (int i = 0; i < n; i++)
        err = coil__buffer_append(&s->out->pending, pieces[i].iov_base, pieces[i].iov_len);
    struct coil__buffer *b = &s->out->pending;
    if (idle) {
        int k = s->transport
                    ? 0
                    : (int)coil__sys_send(s->fd, coil__buffer_head(b), coil__buffer_size(b),
                                          MSG_DONTWAIT | MSG_NOSIGNAL);
        coil__buffer_take(b, k > 0 ? (size_t)k : 0);
        pump(s->out); /* an error of the send is met again there */
    } else {
        note_size(s->out);
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

/* Sends from the caller's memory while nobody else is sending. A cancelled one leaves the rest to the background. */
static int send_direct(struct coil__stream *s, const char *buf, size_t n)
{
    int err = 0;
    s->direct = true;
    s->room->streak = 0;
    while (n > 0 && err >= 0) {
        struct coil__op op = {.code = COIL__OP_SEND,
                              .flags = COIL__OPF_OWNED | COIL__OPF_TRIED,
                              .fd = s->fd,
                              .buf = (void *)(uintptr_t)buf,
                              .len = n > INT_MAX ? INT_MAX : (uint32_t)n};
        err = s->has_close ? -EBADF : coil__op_await(&op);
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
        coil__out_break(out, err);
    }
    if (!s->has_close)
        pump(out);
    return err < 0 ? err : 0;
}

static int send_bytes(struct coil__stream *s, const char *buf, size_t n)
{
    int k = unwritable(s);
    if (k < 0 || n == 0)
        return k;
    k = try_send(s, buf, n);
    if (k < 0 || (size_t)k == n)
        return k < 0 ? k : 0;
    buf += k;
    n -= (size_t)k;
    int err = ensure_out(s);
    if (err < 0)
        return err;
    if (!s->transport && !coil__out_busy(s) && n > s->out->high)
        return send_direct(s, buf, n);
    err = buffer_rest(s, buf, n);
    return err < 0 ? err : drain(s);
}

int coil_stream_send(coil_stream *stream, const void *buf, size_t n)
{
    struct coil__stream *s;
    int err = !buf && n > 0 ? -EINVAL : coil__stream_enter(stream, &s);
    return err < 0 ? err : coil__stream_leave(s, send_bytes(s, buf, n));
}

/* ---------------------------------------------------------------- the end of writing ---- */

int coil__stream_shutdown(struct coil__stream *s)
{
    if (s->transport)
        return s->transport->ops->shutdown(s->transport);
    return coil__sys_shutdown(s->fd, SHUT_WR) < 0 && errno != ENOTCONN ? -errno : 0;
}

int coil_stream_write_eof(coil_stream *stream)
{
    struct coil__stream *s;
    int err = coil__stream_find(stream, false, &s);
    if (err < 0 || s->eof_written || s->state != COIL__STREAM_OPEN)
        return err;
    if (s->transport && !s->transport->ops->shutdown)
        return coil_fail(-EOPNOTSUPP, "this transport can't end one direction");
    s->eof_written = true;
    return coil__out_busy(s) ? 0 : coil__stream_shutdown(s);
}

int coil_stream_can_write_eof(coil_stream *stream)
{
    struct coil__stream *s;
    int err = coil__stream_find(stream, false, &s);
    return err < 0 ? err : !s->transport || s->transport->ops->shutdown != NULL;
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
        err = ensure_out(s);
    if (err < 0)
        return err;
    s->out->high = (uint32_t)high;
    s->out->low = (uint32_t)low;
    note_size(s->out);
    return 0;
}

int coil_stream_get_write_buffer_size(coil_stream *stream)
{
    struct coil__stream *s;
    int err = coil__stream_find(stream, true, &s);
    return err < 0 ? err : s->out ? (int)waiting_bytes(s->out) : 0;
}

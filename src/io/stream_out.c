/* io/stream_out.c: the buffer behind a stream, and what empties it in the background.
 *
 * Two blocks: the kernel owns `sending` while an operation is in flight, and what is written meanwhile goes to `pending`; when
 * the first is empty they change places. On a socket an operation and its callback do the work; on a transport, whose send
 * may suspend, a task does it. Bytes leave in the order of the calls, always.
 */
#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "io/stream.h"

enum { HIGH = 65536, LOW = 16384, KEEP = 65536 };

/* ---------------------------------------------------------------- the writing half ---- */

int coil__out_ensure(struct coil__stream *s)
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
    coil__list_init(&out->flushers);
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

uint32_t coil__out_waiting(const struct coil__out *out)
{
    if (out->status < 0)
        return 0;
    return coil__buffer_size(&out->sending) + coil__buffer_size(&out->pending);
}

void coil__out_note_size(struct coil__out *out)
{
    uint32_t size = coil__out_waiting(out);
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
    coil__stream_wake_all(&out->flushers);
}

/* ---------------------------------------------------------------- the background ---- */

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
        coil__out_pump(out);
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
    while (out->in_flight && !out->stream->has_close) { /* whose stream may change: interpose.c */
        coil_transport *t = out->stream->transport;
        int n = t->ops->send(t, coil__buffer_head(&out->sending), coil__buffer_size(&out->sending));
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
        coil__out_note_size(out);
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
    coil__stream_op(s, COIL__OP_SEND, coil__buffer_head(&out->sending),
                    coil__buffer_size(&out->sending), flags, &out->op);
    out->op.done = sent;
    out->in_flight = true;
    coil__loop_submit(s->room->loop, &out->op);
}

void coil__out_pump(struct coil__out *out)
{
    struct coil__stream *s = out->stream;
    if (out->in_flight || s->direct)
        return;
    if (coil__buffer_size(&out->sending) == 0) {
        struct coil__buffer empty = out->sending;
        out->sending = out->pending;
        out->pending = empty;
    }
    coil__out_note_size(out);
    if (coil__buffer_size(&out->sending) == 0) {
        if (out->sending.room > KEEP)
            coil__buffer_done(&out->sending);
        if (out->pending.room > KEEP)
            coil__buffer_done(&out->pending);
        coil__stream_wake_all(&out->flushers);
        coil__stream_flushed(s);
    } else if (s->transport) {
        start_sender(out);
    } else {
        start_send(out, 0);
    }
}

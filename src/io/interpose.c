/* io/interpose.c: a transport slips under a stream that is open, and what was below it becomes a stream of its own.
 *
 * The handle stays with its user, and the server keeps counting it. Everything that belongs to the connection moves to the new
 * stream: the fd (or the transport), what was received and not read, the end or the error that came, and the writing half with what waits
 * in it, also while an operation or a sender of it is in flight: those find their stream through the writing half.
 */
#include <errno.h>

#include "io/stream.h"

/* Why a stream can't be parted from its connection now, or 0. */
static int inseparable(const struct coil__stream *s)
{
    if (s->state != COIL__STREAM_OPEN || s->aborted)
        return coil_fail(-COIL_EINVALIDSTATE, "the stream is closing");
    if (s->eof_written)
        return coil_fail(-COIL_EINVALIDSTATE, "the stream's writing direction has ended");
    if (s->reader.waiting || s->direct)
        return coil_fail(-COIL_ECONCURRENT, "another task is inside a call of this stream");
    return 0;
}

/* The upper stream's new writing half, with the user's water marks. */
static int part_writing(struct coil__stream *s, struct coil__stream *below)
{
    struct coil__out *out = s->out;
    if (!out)
        return 0;
    s->out = NULL;
    int err = coil__out_ensure(s);
    if (err < 0) {
        s->out = out;
        return err;
    }
    s->out->high = out->high;
    s->out->low = out->low;
    out->stream = below;
    below->out = out;
    if (s->transport && out->in_flight) { /* the sender is a user of its stream */
        s->users--;
        below->users++;
    }
    return 0;
}

static void part_reading(struct coil__stream *s, struct coil__stream *below)
{
    uint32_t limit = s->reader.limit;
    below->reader = s->reader;
    below->reader.partial = 0;
    below->reader.partial_here = false;
    s->reader = (struct coil__reader){.limit = limit, .on_stream = true};
}

int coil_stream_interpose(coil_stream *stream, coil_transport *transport, coil_stream **ret_below)
{
    struct coil__stream *s;
    if (!transport || !transport->ops || !ret_below)
        return -EINVAL;
    int err = coil__stream_find(stream, false, &s);
    if (err >= 0)
        err = inseparable(s);
    if (err < 0)
        return err;
    struct coil__stream *below = coil__stream_new(s->room->loop, -1, NULL);
    if (!below)
        return -ENOMEM;
    err = part_writing(s, below);
    if (err < 0) {
        coil__stream_discard(below);
        return err;
    }
    part_reading(s, below);
    below->fd = s->fd;
    below->transport = s->transport;
    below->likely = s->likely;
    below->late = s->late; /* as the backend knows the fd */
    below->bytes = s->bytes;
    below->piped = s->piped;
    below->may_block = s->may_block;
    below->reads_only = s->reads_only;
    below->unblocked = s->unblocked;
    s->fd = -1;
    s->transport = transport;
    s->bytes = s->likely = s->late = s->piped = s->may_block = s->reads_only = s->unblocked = false;
    *ret_below = coil__stream_handle(below);
    return 0;
}

int coil_stream_transport(coil_stream *stream, coil_transport **ret_transport)
{
    struct coil__stream *s;
    int err = ret_transport ? coil__stream_find(stream, false, &s) : -EINVAL;
    if (err < 0)
        return err;
    if (!s->transport)
        return -ENOENT;
    *ret_transport = s->transport;
    return 0;
}

/* io/stream_pack.c: a connection leaves its loop and comes into another one.
 *
 * What moves is the socket, what was received and not read, and the user's settings. The socket gets a new fd number: the old number
 * stays with its loop, whose backend may know it, and is closed there as any other; the connection lives on in the new one. What
 * is buffered for writing goes out first, so that nothing of the stream is with the kernel when it is taken apart.
 */
#include <errno.h>
#include <fcntl.h>

#include "base/memory.h"
#include "base/sys.h"
#include "coil/loops.h"
#include "io/server.h"
#include "loop/callbacks.h"

struct coil_packed_stream {
    struct coil__reader reader; /* waiting is NULL */
    int fd;
    uint32_t high, low; /* water marks; 0: not set */
    bool eof_written, likely, bytes;
};

/* ---------------------------------------------------------------- out of a loop ---- */

/* Why it can't be taken apart, or 0. The caller is inside one of its calls. */
static int inseparable(const struct coil__stream *s)
{
    if (s->state != COIL__STREAM_OPEN || s->aborted)
        return coil_fail(-COIL_EINVALIDSTATE, "the stream is closing");
    if (s->transport || s->piped)
        return coil_fail(-EOPNOTSUPP, "only a plain socket can leave its loop");
    if (s->users > 1 || s->reader.waiting || s->direct || s->sends_file)
        return coil_fail(-COIL_ECONCURRENT, "another task is inside a call of this stream");
    if (s->out && s->out->status < 0)
        return coil__stream_raise(s->out->status, s->out->error);
    return 0;
}

/* Waits until nothing is buffered. Others may write meanwhile, or close it. */
static int flush(struct coil__stream *s)
{
    int err = inseparable(s);
    while (err >= 0 && coil__out_busy(s)) {
        err = coil__park(&s->out->flushers, &coil__stream_wait_kind, NULL);
        if (err >= 0)
            err = s->given_up ? -COIL_ESTALE : inseparable(s);
    }
    return err;
}

/* Nothing fails any more once the socket has its second fd. */
static int pack(struct coil__stream *s, coil_packed_stream **ret_packed)
{
    coil_packed_stream *p = coil__calloc(1, sizeof *p);
    if (!p)
        return -ENOMEM;
    p->fd = coil__sys_fcntl(s->fd, F_DUPFD_CLOEXEC, 0);
    if (p->fd < 0) {
        int err = -errno;
        coil__free(p);
        return err;
    }
    p->reader = s->reader;
    p->likely = s->likely;
    p->bytes = s->bytes;
    p->eof_written = s->eof_written;
    if (s->out) {
        p->high = s->out->high;
        p->low = s->out->low;
    }
    s->reader = (struct coil__reader){.limit = s->reader.limit, .on_stream = true, .status = 1};
    s->eof_written = false; /* it is the connection's, which lives on */
    coil__stream_give_up(s);
    *ret_packed = p;
    return 0;
}

int coil_stream_pack(coil_stream *stream, coil_packed_stream **ret_packed)
{
    struct coil__stream *s;
    int err = coil__stream_enter(stream, &s);
    if (err < 0)
        return err;
    err = ret_packed ? flush(s) : -EINVAL;
    if (err >= 0)
        err = pack(s, ret_packed);
    return coil__stream_leave(s, err);
}

void coil_packed_stream_free(coil_packed_stream *p)
{
    if (!p)
        return;
    coil__reader_done(&p->reader);
    coil__sys_close(p->fd);
    coil__free(p);
}

/* ---------------------------------------------------------------- into a loop ---- */

/* Makes a stream of it; on an error it stays the caller's. */
static int unpack(coil_packed_stream *p, struct coil__stream **ret_stream)
{
    struct coil__stream *s = coil__stream_new(coil__here.loop, p->fd, NULL);
    if (!s)
        return -ENOMEM;
    if (p->high > 0 && coil__out_ensure(s) < 0) {
        s->fd = -1;
        coil__stream_discard(s);
        return -ENOMEM;
    }
    if (p->high > 0) {
        s->out->high = p->high;
        s->out->low = p->low;
    }
    s->reader = p->reader;
    s->likely = p->likely;
    s->bytes = p->bytes;
    s->eof_written = p->eof_written;
    coil__free(p);
    *ret_stream = s;
    return 0;
}

int coil_stream_unpack(coil_packed_stream *packed, coil_stream **ret_stream)
{
    if (!packed || !ret_stream)
        return -EINVAL;
    if (!coil__here.loop)
        return -COIL_ENOLOOP;
    struct coil__stream *s;
    int err = unpack(packed, &s);
    if (err >= 0)
        *ret_stream = coil__stream_handle(s);
    return err;
}

/* ---------------------------------------------------------------- both at once ---- */

struct move {
    coil_packed_stream *packed;
    coil_client_handler handler;
    void *arg;
};

static void move_dropped(void *arg)
{
    struct move *m = arg;
    coil_packed_stream_free(m->packed);
    coil__free(m);
}

/* In the other loop. */
static int arrive(void *arg)
{
    struct move m = *(struct move *)arg;
    struct coil__stream *s;
    coil__free(arg);
    int err = unpack(m.packed, &s);
    if (err < 0) {
        coil_packed_stream_free(m.packed);
        return err;
    }
    return coil__server_serve(s, &(struct coil__client){.handler = m.handler, .arg = m.arg});
}

int coil_stream_move(coil_stream *stream, coil_loop *loop, coil_client_handler handler, void *arg)
{
    if (!loop || !handler)
        return -EINVAL;
    if (coil_loop_is_closed(loop))
        return -COIL_ELOOPCLOSED;
    struct move *m = coil__malloc(sizeof *m);
    if (!m)
        return -ENOMEM;
    m->handler = handler;
    m->arg = arg;
    int err = coil_stream_pack(stream, &m->packed);
    if (err < 0) {
        coil__free(m);
        return err;
    }
    err = coil__loop_post(loop, arrive, m, move_dropped);
    if (err < 0)
        move_dropped(m);
    return err;
}

/* io/stream_public.c: the calls on a stream's handle that neither read nor write: closing it, and who is at its ends. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "base/sys.h"
#include "io/stream.h"

int coil_stream_open(coil_transport *transport, coil_stream **ret_stream)
{
    if (!transport || !transport->ops || !ret_stream)
        return -EINVAL;
    if (!coil__here.loop)
        return -COIL_ENOLOOP;
    struct coil__stream *s = coil__stream_new(coil__here.loop, -1, transport);
    if (!s)
        return -ENOMEM;
    *ret_stream = coil__stream_handle(s);
    return 0;
}

int coil_stream_from_fd(int fd, coil_stream **ret_stream)
{
    if (!ret_stream)
        return -EINVAL;
    if (!coil__here.loop)
        return -COIL_ENOLOOP;
    int flags = coil__sys_fcntl(fd, F_GETFL, 0);
    if (flags < 0 || coil__sys_fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return -errno;
    struct coil__stream *s = coil__stream_new(coil__here.loop, fd, NULL);
    if (!s)
        return -ENOMEM;
    int type = 0;
    socklen_t size = sizeof type;
    s->bytes =
        coil__sys_getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
    *ret_stream = coil__stream_handle(s);
    return 0;
}

int coil_stream_close(coil_stream *stream)
{
    struct coil__stream *s;
    int err = coil__stream_find(stream, false, &s);
    if (err >= 0)
        coil__stream_give_up(s);
    return err;
}

int coil_stream_wait_closed(coil_stream *stream)
{
    struct coil__task *self;
    struct coil__stream *s;
    int err = coil__current_or_error(&self);
    if (err < 0)
        return err;
    err = coil__stream_find(stream, true, &s);
    if (err < 0)
        return err == -COIL_ESTALE ? 0 : err; /* it is gone, as the caller wished */
    s->users++;
    while (s->state != COIL__STREAM_CLOSED && err >= 0)
        err = coil__park(&s->closers, &coil__stream_wait_kind, NULL);
    if (err >= 0 && s->out && s->out->status < 0 && s->out->status != -ECONNABORTED)
        err = coil__stream_raise(s->out->status, s->out->error);
    return coil__stream_leave(s, err);
}

int coil_stream_is_closing(coil_stream *stream)
{
    struct coil__stream *s;
    int err = coil__stream_find(stream, true, &s);
    if (err < 0)
        return err == -COIL_ESTALE ? 1 : err;
    return s->state != COIL__STREAM_OPEN;
}

int coil_stream_abort(coil_stream *stream)
{
    struct coil__stream *s;
    int err = coil__stream_find(stream, false, &s);
    if (err >= 0)
        coil__stream_abort(s);
    return err;
}

int coil_stream_detach(coil_stream *stream)
{
    struct coil__stream *s;
    int err = coil__stream_find(stream, false, &s);
    if (err >= 0)
        s->detached = true;
    return err;
}

static int fd_of(coil_stream *stream)
{
    struct coil__stream *s;
    int err = coil__stream_find(stream, false, &s);
    if (err < 0)
        return err;
    int fd = s->fd;
    if (s->transport)
        fd = s->transport->ops->fd ? s->transport->ops->fd(s->transport) : -1;
    return fd < 0 ? -EBADF : fd;
}

int coil_stream_fd(coil_stream *stream)
{
    return fd_of(stream);
}

static int address_of(coil_stream *stream, int (*ask)(int, struct sockaddr *, socklen_t *),
                      coil_address *ret_address)
{
    coil_address a = {.size = sizeof a.storage};
    int fd = ret_address ? fd_of(stream) : -EINVAL;
    if (fd < 0)
        return fd;
    if (ask(fd, (struct sockaddr *)&a.storage, &a.size) < 0)
        return -errno;
    *ret_address = a;
    return 0;
}

static int ask_sockname(int fd, struct sockaddr *address, socklen_t *size)
{
    return coil__sys_getsockname(fd, address, size);
}

static int ask_peername(int fd, struct sockaddr *address, socklen_t *size)
{
    return coil__sys_getpeername(fd, address, size);
}

int coil_stream_sockname(coil_stream *stream, coil_address *ret_address)
{
    return address_of(stream, ask_sockname, ret_address);
}

int coil_stream_peername(coil_stream *stream, coil_address *ret_address)
{
    return address_of(stream, ask_peername, ret_address);
}

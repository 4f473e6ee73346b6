/* io/stream_read.c: the public reads of a stream that look for something in what comes, or want a certain amount of it. */
#include <errno.h>

#include "io/stream.h"

int coil__stream_begin_read(coil_stream *handle, struct coil__stream **ret_stream)
{
    int err = coil__stream_enter(handle, ret_stream);
    if (err >= 0 && (*ret_stream)->reader.waiting)
        err = coil__stream_leave(*ret_stream, coil_fail(-COIL_ECONCURRENT,
                                                        "another task is already reading from "
                                                        "this stream"));
    return err;
}

int coil_stream_readexactly(coil_stream *stream, void *buf, size_t n)
{
    struct coil__stream *s;
    int err = !buf && n > 0 ? -EINVAL : coil__stream_begin_read(stream, &s);
    return err < 0 ? err : coil__stream_leave(s, coil__reader_readexactly(&s->reader, buf, n));
}

int coil_stream_readline(coil_stream *stream, const char **ret_line, size_t *ret_size)
{
    struct coil__stream *s;
    int err = coil__stream_begin_read(stream, &s);
    return err < 0 ? err
                   : coil__stream_leave(s, coil__reader_readline(&s->reader, ret_line, ret_size));
}

int coil_stream_readuntil(coil_stream *stream, const void *separator, size_t size,
                          const char **ret_data, size_t *ret_size)
{
    struct coil__piece piece = {separator, size};
    struct coil__stream *s;
    int err = !separator ? -EINVAL : coil__stream_begin_read(stream, &s);
    if (err < 0)
        return err;
    return coil__stream_leave(s, coil__reader_readuntil(&s->reader, &piece, 1, ret_data, ret_size));
}

int coil_stream_readuntil_any(coil_stream *stream, const char *const *separators, size_t n,
                              const char **ret_data, size_t *ret_size)
{
    struct coil__stream *s;
    int err = coil__stream_begin_read(stream, &s);
    if (err < 0)
        return err;
    return coil__stream_leave(
        s, coil__reader_readuntil_any(&s->reader, separators, n, ret_data, ret_size));
}

int coil_stream_read_all(coil_stream *stream, const char **ret_data, size_t *ret_size)
{
    struct coil__stream *s;
    int err = coil__stream_begin_read(stream, &s);
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

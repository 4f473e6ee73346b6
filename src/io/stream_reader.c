/* io/stream_reader.c: the reader that is fed by hand: its life, and its feeding. */
#include <errno.h>

#include "base/memory.h"
#include "io/stream.h"

struct coil_stream_reader {
    struct coil__reader r;
    unsigned long long owner; /* the loop that it belongs to, as a lock does */
};

enum { DEFAULT_LIMIT = 65536, MAX_LIMIT = 1 << 30 };

int coil_stream_reader_new(size_t limit, coil_stream_reader **ret_reader)
{
    if (!ret_reader || limit > MAX_LIMIT)
        return -EINVAL;
    coil_stream_reader *reader = coil__calloc(1, sizeof *reader);
    if (!reader)
        return -ENOMEM;
    reader->r.limit = limit ? (uint32_t)limit : DEFAULT_LIMIT;
    *ret_reader = reader;
    return 0;
}

void coil_stream_reader_free(coil_stream_reader *reader)
{
    if (!reader || coil__loop_check(&reader->owner) < 0)
        return;
    coil__reader_done(&reader->r);
    coil__free(reader);
}

static int claim(coil_stream_reader *reader)
{
    return reader ? coil__loop_claim(&reader->owner) : -EINVAL;
}

static void wake(struct coil__reader *r)
{
    if (r->waiting)
        coil__unpark(r->waiting);
}

int coil_stream_reader_feed_data(coil_stream_reader *reader, const void *bytes, size_t n)
{
    int err = claim(reader);
    if (err < 0 || (!bytes && n > 0))
        return err < 0 ? err : -EINVAL;
    if (reader->r.status == 1)
        return coil_fail(-COIL_EINVALIDSTATE, "feed_data after feed_eof");
    err = coil__buffer_append(&reader->r.buf, bytes, n);
    if (err >= 0 && n > 0)
        wake(&reader->r);
    return err;
}

int coil_stream_reader_feed_eof(coil_stream_reader *reader)
{
    int claimed = claim(reader);
    if (claimed < 0)
        return claimed;
    if (reader->r.status == 0)
        reader->r.status = 1;
    wake(&reader->r);
    return 0;
}

int coil_stream_reader_set_error(coil_stream_reader *reader, int err)
{
    int claimed = claim(reader);
    if (claimed < 0 || err >= 0)
        return claimed < 0 ? claimed : -EINVAL;
    reader->r.status = err;
    coil__error_set(&reader->r.error, coil__error_ref(coil__error_current(err)));
    wake(&reader->r);
    return 0;
}

int coil_stream_reader_at_eof(coil_stream_reader *reader)
{
    int err = claim(reader);
    return err < 0 ? err : reader->r.status == 1 && coil__buffer_size(&reader->r.buf) == 0;
}

int coil_stream_reader_partial(coil_stream_reader *reader, const char **ret_data)
{
    int err = claim(reader);
    return err < 0 ? err : coil__reader_partial(&reader->r, ret_data);
}

/* ---------------------------------------------------------------- reading ---- */

static int check(coil_stream_reader *reader)
{
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    return err < 0 ? err : claim(reader);
}

int coil_stream_reader_read(coil_stream_reader *reader, void *buf, size_t n)
{
    int err = check(reader);
    if (err < 0 || (!buf && n > 0))
        return err < 0 ? err : -EINVAL;
    return coil__reader_read(&reader->r, buf, n);
}

int coil_stream_reader_readany(coil_stream_reader *reader, const char **ret_data, size_t *ret_size)
{
    int err = check(reader);
    return err < 0 ? err : coil__reader_readany(&reader->r, ret_data, ret_size);
}

int coil_stream_reader_readexactly(coil_stream_reader *reader, void *buf, size_t n)
{
    int err = check(reader);
    if (err < 0 || (!buf && n > 0))
        return err < 0 ? err : -EINVAL;
    return coil__reader_readexactly(&reader->r, buf, n);
}

int coil_stream_reader_readline(coil_stream_reader *reader, const char **ret_line, size_t *ret_size)
{
    int err = check(reader);
    return err < 0 ? err : coil__reader_readline(&reader->r, ret_line, ret_size);
}

int coil_stream_reader_readuntil(coil_stream_reader *reader, const void *separator, size_t size,
                                 const char **ret_data, size_t *ret_size)
{
    struct coil__piece piece = {separator, size};
    int err = check(reader);
    if (err < 0 || !separator)
        return err < 0 ? err : -EINVAL;
    return coil__reader_readuntil(&reader->r, &piece, 1, ret_data, ret_size);
}

int coil_stream_reader_readuntil_any(coil_stream_reader *reader, const char *const *separators,
                                     size_t n, const char **ret_data, size_t *ret_size)
{
    int err = check(reader);
    return err < 0 ? err
                   : coil__reader_readuntil_any(&reader->r, separators, n, ret_data, ret_size);
}

int coil_stream_reader_read_all(coil_stream_reader *reader, const char **ret_data, size_t *ret_size)
{
    int err = check(reader);
    return err < 0 ? err : coil__reader_read_all(&reader->r, ret_data, ret_size);
}

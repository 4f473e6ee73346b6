/* io/reader.c: what reading means: read, readexactly, readline, readuntil over a buffer, wherever its bytes come from.
 *
 * There is one place where a read waits: more(). Nothing is taken from the buffer before all that was asked for is
 * there, so a cancelled read has lost nothing. (readexactly of a large number on a stream receives straight into
 * the caller's memory, and puts back what it has when it fails.)
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/memory.h"
#include "io/stream.h"

enum { READ_AHEAD = 2048, LARGE = 4096 };

/* Waits until there are more bytes or the status has changed. want: how many would be enough, 0: any. */
static int more(struct coil__reader *r, size_t want)
{
    if (r->waiting)
        return coil_fail(-COIL_ECONCURRENT, "another task is already waiting for incoming data");
    if (!r->on_stream) {
        r->waiting = coil__current();
        int err = coil__park(NULL, &coil__stream_wait_kind, NULL);
        r->waiting = NULL;
        return err;
    }
    int err = coil__buffer_reserve(&r->buf, want > READ_AHEAD ? want : READ_AHEAD);
    if (err < 0)
        return err;
    int n = coil__stream_recv(r, r->buf.data + r->buf.end, r->buf.room - r->buf.end);
    if (n <= 0)
        return n;
    r->buf.end += (uint32_t)n; /* and there they stay also when a cancellation came after them */
    struct coil__task *self = coil__current();
    return __builtin_expect(self->must_cancel, 0) ? coil__take_cancel(self) : 0;
}

static size_t take_to(struct coil__reader *r, void *buf, size_t n)
{
    size_t size = coil__buffer_size(&r->buf);
    if (n > size)
        n = size;
    if (n > 0) {
        memcpy(buf, coil__buffer_head(&r->buf), n);
        coil__buffer_take(&r->buf, n);
    }
    return n;
}

static int tell(const char *data, size_t n, const char **ret_data, size_t *ret_size)
{
    if (ret_data)
        *ret_data = n > 0 ? data : "";
    if (ret_size)
        *ret_size = n;
    return (int)n;
}

/* Gives out the first n bytes where they are. They stay there until the next read. */
static int give(struct coil__reader *r, size_t n, const char **ret_data, size_t *ret_size)
{
    const char *data = n > 0 ? coil__buffer_head(&r->buf) : NULL;
    r->buf.start += (uint32_t)n; /* not reset when empty: the bytes are in use */
    return tell(data, n, ret_data, ret_size);
}

static int incomplete(struct coil__reader *r, size_t partial, bool here, size_t expected)
{
    r->partial = (uint32_t)partial;
    r->partial_here = here;
    if (expected == 0)
        return coil_fail(-COIL_EINCOMPLETE, "%zu bytes read before the end, without the separator",
                         partial);
    return coil_fail(-COIL_EINCOMPLETE, "%zu bytes read of the %zu expected", partial, expected);
}

int coil__reader_read(struct coil__reader *r, void *buf, size_t n)
{
    if (r->status < 0)
        return coil__stream_raise(r->status, r->error);
    if (n == 0)
        return 0;
    while (coil__buffer_size(&r->buf) == 0 && r->status == 0) {
        int err = r->on_stream ? coil__stream_recv(r, buf, n) : more(r, n);
        if (err != 0)
            return err;
    }
    if (coil__buffer_size(&r->buf) > 0)
        return (int)take_to(r, buf, n);
    return r->status < 0 ? coil__stream_raise(r->status, r->error) : 0;
}

int coil__reader_readany(struct coil__reader *r, const char **ret_data, size_t *ret_size)
{
    if (r->status < 0)
        return coil__stream_raise(r->status, r->error);
    while (coil__buffer_size(&r->buf) == 0 && r->status == 0) {
        const char *lent;
        int got = r->on_stream ? coil__stream_borrow(r, &lent) : -EAGAIN;
        if (got > 0)
            return tell(lent, (size_t)got, ret_data, ret_size);
        if (got == -EAGAIN)
            got = more(r, 0);
        if (got < 0)
            return got;
    }
    if (r->status < 0 && coil__buffer_size(&r->buf) == 0)
        return coil__stream_raise(r->status, r->error);
    return coil__reader_give_all(r, ret_data, ret_size);
}

/* The rest of a large readexactly, without a copy. */
static int receive_large(struct coil__reader *r, char *buf, size_t n)
{
    size_t got = take_to(r, buf, n);
    while (got < n && r->status == 0) {
        int k = coil__stream_recv(r, buf + got, n - got);
        if (k < 0) {
            int err = coil__buffer_prepend(&r->buf, buf, got);
            if (err <
                0) /* the bytes have no place to go back to: later reads must not go on without them */
                r->status = err;
            return k;
        }
        got += (size_t)k;
    }
    if (got == n)
        return (int)n;
    if (r->status < 0)
        return coil__stream_raise(r->status, r->error);
    return incomplete(r, got, false, n);
}

int coil__reader_readexactly(struct coil__reader *r, void *buf, size_t n)
{
    if (n > INT_MAX)
        return coil_fail(-EINVAL, "readexactly of %zu bytes: at most 2 GiB", n);
    if (r->status < 0)
        return coil__stream_raise(r->status, r->error);
    if (r->on_stream && n >= LARGE)
        return receive_large(r, buf, n);
    while (coil__buffer_size(&r->buf) < n) {
        if (r->status < 0)
            return coil__stream_raise(r->status, r->error);
        if (r->status > 0) {
            size_t partial = take_to(r, buf, n);
            return incomplete(r, partial, false, n);
        }
        int err = more(r, n - coil__buffer_size(&r->buf));
        if (err < 0)
            return err;
    }
    return (int)take_to(r, buf, n);
}

/* The earliest end of any separator from `offset` on; 0: none. *ret_start: where the separator begins. Of those that end
 * together the shortest counts. */
static size_t find_end(struct coil__reader *r, const struct coil__piece *sep, size_t n,
                       size_t offset, size_t *ret_start)
{
    const char *data = coil__buffer_head(&r->buf);
    size_t size = coil__buffer_size(&r->buf), best = 0;
    for (size_t i = 0; i < n; i++) {
        size_t most = best ? best : size; /* beyond it nothing can win */
        if (offset >= most)
            continue;
        const char *at = memmem(data + offset, most - offset, sep[i].bytes, sep[i].size);
        if (!at)
            continue;
        size_t start = (size_t)(at - data), end = start + sep[i].size;
        if (best == 0 || end < best || start > *ret_start) {
            *ret_start = start;
            best = end;
        }
    }
    return best;
}

/* Waits until a separator is in the buffer. Returns the number of bytes up to its end; -COIL_ELIMIT with *ret_over, how many
 * bytes can't be the beginning of a separator; -COIL_EINCOMPLETE at the end, nothing taken. */
static int search(struct coil__reader *r, const struct coil__piece *sep, size_t n, size_t *ret_over)
{
    size_t longest = 0, offset = 0, start = 0;
    for (size_t i = 0; i < n; i++) {
        if (sep[i].size == 0)
            return coil_fail(-EINVAL, "a separator needs at least one byte");
        longest = sep[i].size > longest ? sep[i].size : longest;
    }
    if (n == 0)
        return coil_fail(-EINVAL, "there must be at least one separator");
    if (r->status < 0)
        return coil__stream_raise(r->status, r->error);
    for (;;) {
        size_t size = coil__buffer_size(&r->buf);
        size_t end = size > offset ? find_end(r, sep, n, offset, &start) : 0;
        *ret_over = start;
        if (end > 0)
            return start > r->limit ? coil_fail(-COIL_ELIMIT,
                                                "the separator is found after %zu "
                                                "bytes, beyond the limit of %u",
                                                start, r->limit)
                                    : (int)end;
        offset = size + 1 > longest ? size + 1 - longest : 0;
        *ret_over = offset;
        if (offset > r->limit)
            return coil_fail(-COIL_ELIMIT,
                             "the separator is not found within the limit of %u bytes", r->limit);
        if (r->status != 0)
            return r->status < 0 ? coil__stream_raise(r->status, r->error) : -COIL_EINCOMPLETE;
        int err = more(r, 0);
        if (err < 0)
            return err;
    }
}

int coil__reader_readuntil(struct coil__reader *r, const struct coil__piece *separators, size_t n,
                           const char **ret_data, size_t *ret_size)
{
    size_t over = 0; /* set by search when it gives -COIL_ELIMIT */
    int end = search(r, separators, n, &over);
    if (end >= 0)
        return give(r, (size_t)end, ret_data, ret_size);
    if (end == -COIL_EINCOMPLETE && r->status == 1) {
        size_t partial = coil__buffer_size(&r->buf);
        r->buf.start += (uint32_t)partial;
        return incomplete(r, partial, true, 0);
    }
    return end;
}

int coil__reader_readuntil_any(struct coil__reader *r, const char *const *separators, size_t n,
                               const char **ret_data, size_t *ret_size)
{
    enum { MOST = 16 };
    struct coil__piece pieces[MOST];
    if (!separators || n > MOST)
        return coil_fail(-EINVAL, "readuntil_any takes 1 to %d separators", MOST);
    for (size_t i = 0; i < n; i++) {
        if (!separators[i])
            return -EINVAL;
        pieces[i] = (struct coil__piece){separators[i], strlen(separators[i])};
    }
    return coil__reader_readuntil(r, pieces, n, ret_data, ret_size);
}

/* A line over the limit is thrown away, with its end when that has come. */
static void drop_line(struct coil__reader *r, size_t over)
{
    size_t size = coil__buffer_size(&r->buf);
    bool ends = over < size && coil__buffer_head(&r->buf)[over] == '\n';
    coil__buffer_take(&r->buf, ends ? over + 1 : size);
}

int coil__reader_readline(struct coil__reader *r, const char **ret_line, size_t *ret_size)
{
    const struct coil__piece newline = {"\n", 1};
    size_t over = 0; /* set by search when it gives -COIL_ELIMIT */
    int end = search(r, &newline, 1, &over);
    if (end == -COIL_EINCOMPLETE && r->status == 1)
        end = (int)coil__buffer_size(&r->buf);
    if (end == -COIL_ELIMIT)
        drop_line(r, over);
    return end >= 0 ? give(r, (size_t)end, ret_line, ret_size) : end;
}

int coil__reader_fill(struct coil__reader *r, size_t most)
{
    for (;;) {
        size_t size = coil__buffer_size(&r->buf);
        if (most > 0 && size > most)
            return coil_fail(-COIL_ELIMIT, "there are more than %zu bytes to read", most);
        if (r->status != 0)
            return r->status < 0 ? coil__stream_raise(r->status, r->error) : 0;
        int err = more(r, size / 2);
        if (err < 0)
            return err;
    }
}

int coil__reader_give_all(struct coil__reader *r, const char **ret_data, size_t *ret_size)
{
    return give(r, coil__buffer_size(&r->buf), ret_data, ret_size);
}

int coil__reader_read_all(struct coil__reader *r, const char **ret_data, size_t *ret_size)
{
    int err = coil__reader_fill(r, 0);
    return err < 0 ? err : coil__reader_give_all(r, ret_data, ret_size);
}

int coil__reader_partial(struct coil__reader *r, const char **ret_data)
{
    if (ret_data)
        *ret_data = r->partial_here && r->buf.data ? coil__buffer_head(&r->buf) - r->partial : NULL;
    return (int)r->partial;
}

void coil__reader_done(struct coil__reader *r)
{
    coil__buffer_done(&r->buf);
    coil__error_unref(r->error);
    r->error = NULL;
}

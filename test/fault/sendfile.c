/* Files into connections, by the kernel and in pieces; and connections that are packed and unpacked. */
#include "walk.h"

enum { LIMIT = 10, SIZE = 100000 }; /* seconds; bytes, more than a socket holds */

static char content[SIZE];

/* What arrives must be the file, from the first byte. */
COIL_ASYNC(drink, (coil_stream *, s))
{
    static char block[4096];
    int at = 0, n;
    while ((n = coil_stream_read(s, block, sizeof block)) > 0) {
        if (at + n > SIZE || memcmp(block, content + at, (size_t)n) != 0)
            return -EBADMSG;
        at += n;
    }
    if (n < 0)
        coil_stream_abort(s);
    return n < 0 ? n : at == SIZE ? 0 : -COIL_EINCOMPLETE;
}

COIL_ASYNC(pour, (coil_stream *, s), (coil_file *, f))
{
    long long sent = 0;
    int err = coil_stream_write(s, content, 10); /* what was written before comes before */
    if (err >= 0)
        err = coil_stream_sendfile(s, f, 10, -1, &sent);
    if (err >= 0 && sent != SIZE - 10)
        err = -EBADMSG;
    if (err >= 0)
        err = coil_stream_write_eof(s);
    if (err < 0)
        coil_stream_abort(s); /* or the other end would wait for ever */
    return err;
}

COIL_ASYNC(pour_raw, (int, fd), (int, file))
{
    long long sent = 0;
    int err = coil_sendfile(fd, file, 0, SIZE, &sent);
    if (err >= 0 && sent != SIZE)
        err = -EBADMSG;
    shutdown(fd, SHUT_WR);
    return err;
}

COIL_ASYNC(move_file, (coil_stream *, a), (coil_stream *, b), (const char *, path))
{
    coil_file *f;
    int err = coil_file_open(path, O_RDONLY, 0, &f);
    if (err < 0)
        return err;
    err = coil_gather(pour(a, f), drink(b));
    int closed = coil_file_close(f);
    return err < 0 ? err : closed;
}

/* A stream around each end of a pair. */
static int open_ends(coil_stream **a, coil_stream **b)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    int err = coil_stream_from_fd(pair[0], a);
    if (err < 0)
        close(pair[0]);
    int second = coil_stream_from_fd(pair[1], b);
    if (second < 0)
        close(pair[1]);
    if (err < 0 && second >= 0)
        coil_stream_abort(*b);
    if (err >= 0 && second < 0)
        coil_stream_abort(*a);
    return err < 0 ? err : second;
}

COIL_ASYNC(through_stream, (const char *, path))
{
    coil_stream *a, *b;
    int err = open_ends(&a, &b);
    if (err < 0)
        return err;
    err = move_file(a, b, path);
    coil_stream_abort(a);
    coil_stream_close(b);
    return err;
}

COIL_ASYNC(through_socket, (const char *, path))
{
    int pair[2], file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
        return -errno;
    coil_stream *s;
    int err = coil_stream_from_fd(pair[1], &s);
    if (err < 0)
        close(pair[1]);
    else
        err = coil_gather(pour_raw(pair[0], file), drink(s));
    int closed = coil_close(pair[0]);
    close(file);
    return err < 0 ? err : closed;
}

/* ---------------------------------------------------------------- packed ---- */

COIL_ASYNC(use_packed)
{
    coil_stream *a, *b;
    coil_packed_stream *p;
    const char *line;
    size_t n;
    int err = open_ends(&a, &b);
    if (err < 0)
        return err;
    err = coil_stream_send(a, "first\nsecond\n", 13);
    if (err >= 0)
        err = coil_stream_readline(b, &line, &n);
    if (err >= 0 && (err = coil_stream_pack(b, &p)) >= 0) {
        b = NULL;
        err = coil_stream_unpack(p, &b);
        if (err < 0)
            coil_packed_stream_free(p);
    }
    if (err >= 0)
        err = coil_stream_readline(b, &line, &n);
    if (err >= 0 && (n != 7 || memcmp(line, "second\n", 7) != 0))
        err = -EBADMSG;
    if (b)
        coil_stream_close(b);
    coil_stream_close(a);
    return err;
}

/* ---------------------------------------------------------------- the walks ---- */

static int with_file(int (*run)(const char *path))
{
    char path[] = "/tmp/coil-walk-file-XXXXXX";
    for (int i = 0; i < SIZE; i++)
        content[i] = (char)(i % 251);
    int fd = mkostemp(path, O_CLOEXEC), err = fd < 0 ? -errno : 0;
    if (err >= 0 && write(fd, content, SIZE) != SIZE)
        err = -errno;
    close(fd);
    if (err >= 0)
        err = run(path);
    unlink(path);
    return err;
}

static int stream(const char *path)
{
    return coil_run(coil_wait_for(through_stream(path), LIMIT));
}

static int raw(const char *path)
{
    return coil_run(coil_wait_for(through_socket(path), LIMIT));
}

static int run_stream(void)
{
    return with_file(stream);
}

static int run_raw(void)
{
    return with_file(raw);
}

static int run_packed(void)
{
    return coil_run(coil_wait_for(use_packed(), LIMIT));
}

int main(void)
{
    const struct walk list[] = {
        {"stream", run_stream, 185, 205, {COIL_EINCOMPLETE, ECONNRESET, EPIPE, ECONNABORTED}, 18},
        {"raw", run_raw, 170, 185, {COIL_EINCOMPLETE, ECONNRESET, EPIPE}, 13},
        {"packed", run_packed, 65, 62, {0}, 3},
    };
    return walk_main(list, sizeof list / sizeof *list);
}

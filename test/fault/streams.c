/* Streams: a client and a server in one loop, over TCP and over a Unix socket, small and large. */
#include "walk.h"

enum { LIMIT = 10 }; /* seconds; whoever reaches it has hung */

static int answer(coil_stream *s, void *arg)
{
    const char *line;
    size_t n;
    (void)arg;
    int err = coil_stream_readline(s, &line, &n);
    return err <= 0 ? err : coil_stream_send(s, line, n);
}

static int ask_over(coil_stream *s)
{
    const char *line;
    size_t n;
    struct iovec pieces[] = {{(void *)"que", 3}, {(void *)"stion\n", 6}};
    int err = coil_stream_writelines(s, pieces, 2);
    if (err >= 0)
        err = coil_stream_readline(s, &line, &n);
    if (err == 0)
        return -COIL_EINCOMPLETE; /* the server met the failure and hung up */
    return err > 0 && (n != 9 || memcmp(line, "question\n", 9) != 0) ? -EBADMSG : err;
}

COIL_ASYNC(ask, (int, port))
{
    coil_stream *s;
    int err = coil_open_connection("127.0.0.1", port, &s);
    if (err < 0)
        return err;
    err = ask_over(s);
    coil_stream_close(s);
    return err;
}

COIL_ASYNC(converse)
{
    coil_server *server;
    int err = coil_start_server("127.0.0.1", 0, answer, NULL, NULL, &server);
    if (err < 0)
        return err;
    int port = coil_server_port(server);
    err = port < 0 ? port : coil_wait_for(ask(port), LIMIT);
    coil_server_free(server);
    return err;
}

/* ---------------------------------------------------------------- Unix sockets ---- */

COIL_ASYNC(ask_unix, (const char *, path))
{
    coil_stream *s;
    int err = coil_open_unix_connection(path, &s);
    if (err < 0)
        return err;
    err = ask_over(s);
    if (err >= 0)
        err = coil_stream_write_eof(s);
    coil_stream_close(s);
    int closed = coil_stream_wait_closed(s);
    return err < 0 ? err : closed;
}

COIL_ASYNC(converse_unix, (const char *, path))
{
    coil_server *server;
    int err = coil_start_unix_server(path, answer, NULL, NULL, &server);
    if (err < 0)
        return access(path, F_OK) < 0 ? err : -EEXIST; /* it must not leave its socket behind */
    err = coil_wait_for(ask_unix(path), LIMIT);
    coil_server_close(server);
    int closed = coil_server_wait_closed(server);
    coil_server_free(server);
    return err < 0 ? err : closed;
}

/* ---------------------------------------------------------------- more than buffers hold ---- */

enum { LARGE = 1 << 20 };

COIL_ASYNC(pour, (coil_stream *, s))
{
    static char block[65536];
    int err = 0;
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (char)(i % 251);
    for (int sent = 0; sent < LARGE && err >= 0; sent += (int)sizeof block)
        err = coil_stream_send(s, block, sizeof block);
    if (err >= 0)
        err = coil_stream_write_eof(s);
    if (err < 0)
        coil_stream_abort(s); /* or the other end would wait for ever */
    return err;
}

COIL_ASYNC(drink, (coil_stream *, s))
{
    static char block[65536];
    int at = 0, n;
    while ((n = coil_stream_read(s, block, sizeof block)) > 0)
        for (int i = 0; i < n; i++, at++)
            if (block[i] != (char)(at % 65536 % 251))
                return -EBADMSG;
    if (n < 0)
        coil_stream_abort(s);
    return n < 0 ? n : at == LARGE ? 0 : -COIL_EINCOMPLETE;
}

COIL_ASYNC(both_ends)
{
    int pair[2];
    coil_stream *a = NULL, *b = NULL;
    if (coil__sys_socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    int err = coil_stream_from_fd(pair[0], &a);
    if (err < 0)
        close(pair[0]);
    int second = coil_stream_from_fd(pair[1], &b);
    if (second < 0)
        close(pair[1]);
    if (err >= 0)
        err = second < 0 ? second : coil_gather(pour(a), drink(b));
    if (a)
        coil_stream_abort(a);
    if (b)
        coil_stream_close(b);
    return err;
}

COIL_ASYNC(transfer)
{
    return coil_wait_for(both_ends(), LIMIT);
}

/* ---------------------------------------------------------------- bytes that are lent ---- */

static int send_back(coil_stream *s, void *arg)
{
    const char *data;
    size_t size;
    int n;
    (void)arg;
    while ((n = coil_stream_readany(s, &data, &size)) > 0)
        if ((n = coil_stream_send(s, data, size)) < 0)
            break;
    return n;
}

static int take_back(coil_stream *s, const char *sent, size_t size)
{
    const char *data;
    size_t n;
    int got = 0;
    for (size_t have = 0; have < size && got >= 0; have += n) {
        n = 0;
        got = coil_stream_readany(s, &data, &n);
        if (got == 0)
            return -COIL_EINCOMPLETE;
        if (n > size - have || memcmp(data, sent + have, n) != 0)
            return -EBADMSG;
    }
    return got;
}

/* Two connections whose messages come between each other's. A message is less than half of what a receive has room for: one that is cut
 * short takes it whole, because a receive that leaves room is known to have left nothing. */
static int ask_both(coil_stream *const *s)
{
    static char sent[9000];
    memset(sent, 'q', sizeof sent);
    int err = 0;
    for (int round = 0; round < 2 && err >= 0; round++) {
        for (int i = 0; i < 2 && err >= 0; i++)
            err = coil_stream_send(s[i], sent, sizeof sent);
        for (int i = 0; i < 2 && err >= 0; i++)
            err = take_back(s[i], sent, sizeof sent);
    }
    return err < 0 ? err : 0;
}

COIL_ASYNC(open_both, (int, port))
{
    coil_stream *s[2];
    int n = 0, err = 0;
    while (n < 2 && err >= 0) {
        err = coil_open_connection("127.0.0.1", port, &s[n]);
        n += err >= 0;
    }
    if (err >= 0)
        err = ask_both(s);
    while (n > 0)
        coil_stream_close(s[--n]);
    return err;
}

COIL_ASYNC(lend)
{
    coil_server *server;
    int err = coil_start_server("127.0.0.1", 0, send_back, NULL, NULL, &server);
    if (err < 0)
        return err;
    int port = coil_server_port(server);
    err = port < 0 ? port : coil_wait_for(open_both(port), LIMIT);
    coil_server_free(server);
    return err;
}

/* ---------------------------------------------------------------- the walks ---- */

static int run_lend(void)
{
    return coil_run(lend());
}

static int run_tcp(void)
{
    return coil_run(converse());
}

static int run_unix(void)
{
    char path[64];
    snprintf(path, sizeof path, "/tmp/coil-walk-socket-%d", (int)getpid());
    int err = coil_run(converse_unix(path));
    unlink(path); /* when the server could not, or the loop broke under it */
    return err;
}

static int run_transfer(void)
{
    return coil_run(transfer());
}

int main(void)
{
    /* The server may meet the failure: then it hangs up or rests, and the client sees that. */
    const struct walk list[] = {
        {"tcp",
         run_tcp,
         108,
         130,
         {ENOMEM, ECONNRESET, EPIPE, COIL_EINCOMPLETE, COIL_EDNS_AGAIN},
         8},
        {"unix", run_unix, 100, 120, {ENOMEM, ECONNRESET, EPIPE, COIL_EINCOMPLETE}, 13},
        {"lend", run_lend, 1, 1, {ENOMEM, ECONNRESET, EPIPE, COIL_EINCOMPLETE, COIL_EDNS_AGAIN}, 1},
        {"transfer", run_transfer, 205, 240, {ENOMEM, ECONNRESET, EPIPE, COIL_EINCOMPLETE}, 22},
    };
    return walk_main(list, sizeof list / sizeof *list);
}

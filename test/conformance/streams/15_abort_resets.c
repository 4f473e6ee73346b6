/* abort throws buffered data away; the reader side then sees the end at once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <coil.h>

enum { WANTED = 10000000, WRITTEN = 9000000 };

struct server_side {
    coil_future *seen;
    char *buf;
};

static int handle(coil_stream *s, void *arg)
{
    struct server_side *side = arg;
    const char *how = "complete";
    int err = coil_stream_readexactly(s, side->buf, WANTED);
    if (err == -COIL_EINCOMPLETE || err == -ECONNRESET)
        how = "cut short";
    else if (err < 0)
        return err;
    coil_future_set_result(side->seen, (void *)(size_t)how);
    return coil_stream_close(s);
}

COIL_ASYNC(cut, (coil_stream *, s), (const char *, big), (coil_future *, seen))
{
    void *how;
    char byte;
    int err = coil_stream_write(s, big, WRITTEN);
    coil_stream_abort(s);
    printf("buffer after abort %d\n", coil_stream_get_write_buffer_size(s));
    if (err >= 0)
        err = coil_future_await(seen, &how);
    if (err < 0)
        return err;
    printf("server: %s\n", (const char *)how);
    int n = coil_stream_read(s, &byte, 1);
    printf("client read: %s\n", n == 0 ? "b''" : "?");
    return coil_stream_close(s);
}

COIL_ASYNC(hello)
{
    coil_server *server;
    coil_stream *s;
    struct server_side side = {coil_future_new(), malloc(WANTED)};
    char *big = malloc(WRITTEN);
    if (!side.seen || !side.buf || !big)
        return -ENOMEM;
    memset(big, 'x', WRITTEN);
    int err = coil_start_server("127.0.0.1", 0, handle, &side, NULL, &server);
    if (err >= 0) {
        err = coil_open_connection("127.0.0.1", coil_server_port(server), &s);
        if (err >= 0)
            err = cut(s, big, side.seen);
        coil_server_free(server);
    }
    coil_future_unref(side.seen);
    free(side.buf);
    free(big);
    return err;
}

COIL_MAIN(hello())

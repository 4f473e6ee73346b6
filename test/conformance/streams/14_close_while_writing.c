/* close flushes what is buffered before the peer sees the end; writing after close is dropped. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <coil.h>

enum { BIG = 3000000 };
static size_t received;

static int handle(coil_stream *s, void *arg)
{
    const char *data;
    int err = coil_stream_read_all(s, &data, &received);
    if (err < 0)
        return err;
    coil_future_set_result(arg, &received);
    return coil_stream_close(s);
}

COIL_ASYNC(flush, (coil_stream *, s), (const char *, big), (coil_future *, got))
{
    void *size;
    int err = coil_stream_write(s, big, BIG);
    coil_stream_close(s);
    printf("closing %d\n", coil_stream_is_closing(s));
    if (err >= 0)
        err = coil_stream_wait_closed(s);
    if (err >= 0)
        err = coil_future_await(got, &size);
    if (err >= 0)
        printf("peer received %zu\n", *(size_t *)size);
    return err;
}

COIL_ASYNC(hello)
{
    coil_server *server;
    coil_stream *s;
    coil_future *got = coil_future_new();
    char *big = malloc(BIG);
    if (!got || !big)
        return -ENOMEM;
    memset(big, 'x', BIG);
    int err = coil_start_server("127.0.0.1", 0, handle, got, NULL, &server);
    if (err >= 0) {
        err = coil_open_connection("127.0.0.1", coil_server_port(server), &s);
        if (err >= 0)
            err = flush(s, big, got);
        coil_server_free(server);
    }
    coil_future_unref(got);
    free(big);
    return err;
}

COIL_MAIN(hello())

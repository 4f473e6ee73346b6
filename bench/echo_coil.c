/* bench/echo_coil.c: an echo server on Coil's public stream calls, as the README writes one. `echo_coil BYTES [own]`: the size of the
 * messages; own: each connection reads into a buffer of its own, on its stack, instead of asking for what there is.
 */
#include <stdbool.h>
#include <string.h>

#include "serve.h"

static int ended(coil_stream *stream, int n)
{
    coil_stream_close(stream);
    return n == -ECONNRESET ? 0 : n; /* the load hangs up in the middle of a message */
}

static int echo(coil_stream *stream, void *arg)
{
    (void)arg;
    const char *data;
    size_t size;
    int n;
    while ((n = coil_stream_readany(stream, &data, &size)) > 0) {
        int err = coil_stream_send(stream, data, size);
        if (err < 0)
            return err;
    }
    return ended(stream, n);
}

static int echo_with(coil_stream *stream, char *buf, size_t size)
{
    int n;
    while ((n = coil_stream_read(stream, buf, size)) > 0) {
        int err = coil_stream_send(stream, buf, (size_t)n);
        if (err < 0)
            return err;
    }
    return ended(stream, n);
}

static int echo_small(coil_stream *stream, void *arg)
{
    (void)arg;
    char buf[1024];
    return echo_with(stream, buf, sizeof buf);
}

/* With room to spare, as the limits and the peers have it: what fills a buffer is asked for more. */
static int echo_large(coil_stream *stream, void *arg)
{
    (void)arg;
    char buf[32768];
    return echo_with(stream, buf, sizeof buf);
}

COIL_ASYNC(serve, (coil_client_handler, handler))
{
    coil_server *server;
    coil_server_options options = {.backlog = 4096};
    int err = coil_start_server("127.0.0.1", 0, handler, NULL, &options, &server);
    return err < 0 ? err : serve_until_stopped(server);
}

int main(int argc, char **argv)
{
    bool own = argc > 2 && strcmp(argv[2], "own") == 0, large = argc > 1 && atoi(argv[1]) > 1024;
    int err = coil_run(serve(!own ? echo : large ? echo_large : echo_small));
    if (err < 0)
        fprintf(stderr, "echo_coil: %s\n", coil_error_message(err));
    return err < 0;
}

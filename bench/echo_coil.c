/* bench/echo_coil.c: an echo server on Coil's public stream calls, as the README writes one. `echo_coil BYTES`: the size of the
 * messages, which decides how large a buffer each connection has on its stack.
 */
#include "serve.h"

static int echo_with(coil_stream *stream, char *buf, size_t size)
{
    int n;
    while ((n = coil_stream_read(stream, buf, size)) > 0) {
        int err = coil_stream_send(stream, buf, (size_t)n);
        if (err < 0)
            return err;
    }
    coil_stream_close(stream);
    return n == -ECONNRESET ? 0 : n; /* the load hangs up in the middle of a message */
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

COIL_ASYNC(serve, (int, bytes))
{
    coil_server *server;
    coil_server_options options = {.backlog = 4096};
    int err = coil_start_server("127.0.0.1", 0, bytes > 1024 ? echo_large : echo_small, NULL,
                                &options, &server);
    return err < 0 ? err : serve_until_stopped(server);
}

int main(int argc, char **argv)
{
    int err = coil_run(serve(argc > 1 ? atoi(argv[1]) : 0));
    if (err < 0)
        fprintf(stderr, "echo_coil: %s\n", coil_error_message(err));
    return err < 0;
}

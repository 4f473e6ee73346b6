/* bench/talk.c: a loop that talks with itself through public calls: `talk WHAT N`. Both ends are tasks, so what happens does not depend on
 * how the kernel places threads: these are the programs whose system calls are counted against bounds (bench/counts.py).
 */
#include <string.h>

#include "own.h"

enum { MESSAGE = 64 };

static int echo(coil_stream *stream, void *arg)
{
    (void)arg;
    char buf[1024];
    int n;
    while ((n = coil_stream_read(stream, buf, sizeof buf)) > 0) {
        int err = coil_stream_send(stream, buf, (size_t)n);
        if (err < 0)
            return err;
    }
    return n;
}

COIL_ASYNC(talk, (int, port), (long, n))
{
    char buf[MESSAGE] = "ping";
    coil_stream *stream;
    int err = coil_open_connection("127.0.0.1", port, &stream);
    if (err < 0)
        return err;
    struct own_span span = own_begin();
    for (long i = 0; i < n && err >= 0; i++) {
        err = coil_stream_send(stream, buf, sizeof buf);
        if (err >= 0)
            err = coil_stream_readexactly(stream, buf, sizeof buf);
    }
    own_end(span);
    coil_stream_close(stream);
    return err < 0 ? err : 0;
}

COIL_ASYNC(over_stream, (long, n))
{
    coil_server *server;
    int err = coil_start_server("127.0.0.1", 0, echo, NULL, NULL, &server);
    if (err < 0)
        return err;
    err = talk(coil_server_port(server), n);
    coil_server_free(server);
    return err;
}

/* Four connections at a time: what they have in common is paid for once. */
COIL_ASYNC(over_four_streams, (long, n))
{
    coil_server *server;
    int err = coil_start_server("127.0.0.1", 0, echo, NULL, NULL, &server);
    if (err < 0)
        return err;
    int port = coil_server_port(server);
    err = coil_gather(talk(port, n / 4), talk(port, n / 4), talk(port, n / 4), talk(port, n / 4));
    coil_server_free(server);
    return err;
}

COIL_ASYNC(perform, (const char *, what), (long, n))
{
    if (strcmp(what, "echo over a stream, both ends") == 0)
        return over_stream(n);
    return strcmp(what, "echo over four streams, both ends") == 0 ? over_four_streams(n)
                                                                  : BENCH_LACKS;
}

int main(int argc, char **argv)
{
    long n = argc == 3 ? atol(argv[2]) : 0;
    if (n < 1)
        return 2;
    int err = coil_run(perform(argv[1], n));
    if (err < 0)
        fprintf(stderr, "talk: %s\n", coil_error_message(err));
    return err < 0 ? 1 : err;
}

/* bench/echo_coil.c: an echo server on Coil's public stream calls, as the README writes one. */
#include <signal.h>

#include "bench.h"
#include "coil.h"

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
    coil_stream_close(stream);
    return n == -ECONNRESET ? 0 : n; /* the load hangs up in the middle of a message */
}

static int stop(void *event)
{
    coil_event_set(event);
    return 0;
}

COIL_ASYNC(serve)
{
    coil_server *server;
    coil_event stopped;
    coil_event_init(&stopped);
    int err = coil_start_server("127.0.0.1", 0, echo, NULL, NULL, &server);
    if (err >= 0)
        err = coil_add_signal_handler(SIGTERM, stop, &stopped);
    if (err < 0)
        return err;
    printf("%d\n", coil_server_port(server));
    fflush(stdout);
    err = coil_event_wait(&stopped);
    coil_server_free(server);
    return err;
}
COIL_MAIN(serve())

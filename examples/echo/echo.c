/* echo.c: an echo server on all CPUs: `echo [PORT]`, until Ctrl-C or SIGTERM.
 *
 * Each thread has a loop, and in it a server of its own on the one port, which the kernel shares out. They share nothing else. A SIGTERM
 * comes to the first one, which tells all.
 */
#include <coil.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static atomic_int port, served;

static int echo(coil_stream *stream, void *arg)
{
    const char *data;
    size_t size;
    int n;
    (void)arg;
    atomic_fetch_add(&served, 1);
    while ((n = coil_stream_readany(stream, &data, &size)) > 0) {
        int err = coil_stream_send(stream, data, size);
        if (err < 0)
            return err;
    }
    return n;
}

static int stop(void *arg)
{
    (void)arg;
    return coil_cancel_threads();
}

/* The first one finds a free port, when none was given; the others wait for it. */
static COIL_ASYNC(listen_together, (coil_server *, ret, out))
{
    const coil_server_options options = {.reuse_port = 1};
    int err = 0;
    while (coil_thread_index() > 0 && atomic_load(&port) == 0 && err >= 0)
        err = coil_sleep(0.001);
    if (err >= 0)
        err = coil_start_server("127.0.0.1", atomic_load(&port), echo, NULL, &options, ret);
    if (err >= 0 && coil_thread_index() == 0) {
        atomic_store(&port, coil_server_port(*ret));
        printf("port %d, %d loops\n", atomic_load(&port), coil_thread_count());
        fflush(stdout);
    }
    return err;
}

COIL_ASYNC(serve)
{
    coil_server *server;
    if (coil_thread_index() == 0) {
        int err = coil_add_signal_handler(SIGTERM, stop, NULL);
        if (err < 0)
            return err;
    }
    int err = listen_together(&server);
    if (err < 0)
        return err;
    err = coil_server_serve_forever(server);
    coil_server_free(server);
    return err;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        atomic_store(&port, atoi(argv[1]));
    int err = coil_run_threads(0, serve());
    printf("%d connections\n", atomic_load(&served));
    if (err < 0 && err != -ECANCELED && err != -EINTR)
        fprintf(stderr, "%s: %s\n", coil_error_name(err), coil_error_message(err));
    return err < 0 && err != -ECANCELED && err != -EINTR;
}

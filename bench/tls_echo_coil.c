/* bench/tls_echo_coil.c: a TLS echo server on Coil's public stream calls: that of echo_coil.c, with a context. */
#include <signal.h>

#include "bench.h"
#include "certificates.h"
#include "coil_tls.h"

static int echo(coil_stream *stream, void *arg)
{
    char buf[20000];
    int n;
    (void)arg;
    while ((n = coil_stream_read(stream, buf, sizeof buf)) > 0) {
        int err = coil_stream_send(stream, buf, (size_t)n);
        if (err < 0)
            return 0;
    }
    return 0; /* the load hangs up without a farewell */
}

static int stop(void *event)
{
    coil_event_set(event);
    return 0;
}

static int run(coil_tls_context *context)
{
    coil_server *server;
    coil_event stopped;
    coil_event_init(&stopped);
    int err = coil_tls_start_server("127.0.0.1", 0, echo, NULL, context, NULL, &server);
    if (err < 0)
        return err;
    err = coil_add_signal_handler(SIGTERM, stop, &stopped);
    if (err >= 0) {
        printf("%d\n", coil_server_port(server));
        fflush(stdout);
        err = coil_event_wait(&stopped);
    }
    coil_server_free(server);
    return err;
}

COIL_ASYNC(serve)
{
    coil_tls_context *context;
    make_certificates();
    coil_tls_config config = {.cert_chain = in_folder("server.pem"),
                              .key = in_folder("server.key")};
    int err = coil_tls_server_context_new(&config, &context);
    remove_certificates();
    if (err < 0)
        return err;
    err = run(context);
    coil_tls_context_free(context);
    return err;
}
COIL_MAIN(serve())

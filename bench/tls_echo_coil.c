/* bench/tls_echo_coil.c: a TLS echo server on Coil's public stream calls: that of echo_coil.c, with a context. */
#include "certificates.h"
#include "coil_tls.h"
#include "serve.h"

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

static int run(coil_tls_context *context)
{
    coil_server *server;
    int err = coil_tls_start_server("127.0.0.1", 0, echo, NULL, context, NULL, &server);
    return err < 0 ? err : serve_until_stopped(server);
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

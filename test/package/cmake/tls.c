/* A consumer of coil::tls: a client that speaks TLS to a server that does not, and is told so. */
#include <coil.h>
#include <coil_tls.h>
#include <stdio.h>

static int plain(coil_stream *stream, void *arg)
{
    (void)arg;
    return coil_stream_send(stream, "no TLS here\r\n", 13);
}

COIL_ASYNC(consumer)
{
    coil_server *server;
    int err = coil_start_server("127.0.0.1", 0, plain, NULL, NULL, &server);
    if (err < 0)
        return err;
    coil_stream *stream;
    err = coil_tls_open_connection("127.0.0.1", coil_server_port(server), NULL, &stream);
    if (err >= 0)
        coil_ignore(coil_stream_close(stream));
    printf("tls: %s\n", coil_error_name(err));
    coil_server_free(server);
    return err < 0 ? 0 : coil_fail(-EINVAL, "a handshake without a partner succeeded");
}

COIL_MAIN(consumer())

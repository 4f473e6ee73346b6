/* close_clients closes the connections of a server, after which wait_closed returns. */
#include <stdio.h>

#include <coil.h>

static int handle(coil_stream *s, void *arg)
{
    const char *data;
    size_t n;
    (void)arg;
    int err = coil_stream_read_all(s, &data, &n);
    if (err >= 0)
        printf("server side ended %zu\n", n);
    return err;
}

COIL_ASYNC(hello)
{
    coil_server *server;
    coil_stream *s;
    char byte;
    int err = coil_start_server("127.0.0.1", 0, handle, NULL, NULL, &server);
    if (err < 0)
        return err;
    err = coil_open_connection("127.0.0.1", coil_server_port(server), &s);
    if (err >= 0) {
        err = coil_sleep(0.04);
        coil_server_close(server);
        coil_server_close_clients(server);
        if (err >= 0)
            err = coil_server_wait_closed(server);
        if (err >= 0)
            err = coil_stream_read(s, &byte, 1);
        printf("client sees EOF: %d\n", err == 0);
        coil_stream_close(s);
    }
    coil_server_free(server);
    return err;
}

COIL_MAIN(hello())

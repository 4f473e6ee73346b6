/* An unhandled error in a stream handler is reported and its connection closed. */
#include <stdio.h>

#include <coil.h>

static int handle(coil_stream *s, void *arg)
{
    (void)s;
    (void)arg;
    return coil_fail(-EINVAL, "boom");
}

static int report(coil_loop *loop, const coil_exception_context *context, void *arg)
{
    (void)loop;
    (void)arg;
    printf("%s | %s\n", context->message, context->error_message);
    return 0;
}

COIL_ASYNC(hello)
{
    coil_server *server;
    coil_stream *s;
    char byte;
    coil_loop_set_exception_handler(coil_loop_running(), report, NULL);
    int err = coil_start_server("127.0.0.1", 0, handle, NULL, NULL, &server);
    if (err < 0)
        return err;
    err = coil_open_connection("127.0.0.1", coil_server_port(server), &s);
    if (err >= 0) {
        err = coil_stream_read(s, &byte, 1);
        printf("client sees EOF: %d\n", err == 0);
        coil_stream_close(s);
    }
    coil_server_free(server);
    return err;
}

COIL_MAIN(hello())

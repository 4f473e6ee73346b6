/* An echo server and its clients. A handler is a task per connection; a port of 0 is any free one. */
#include <coil.h>
#include <stdio.h>
#include <string.h>

static int echo(coil_stream *stream, void *arg)
{
    const char *line;
    size_t size;
    int err;
    (void)arg;
    while ((err = coil_stream_readline(stream, &line, &size)) >= 0 && size > 0) {
        err = coil_stream_send(stream, line, size); /* write and drain */
        if (err < 0)
            break;
    }
    return err; /* the server closes the stream */
}

COIL_ASYNC(client, (int, port), (const char *, message))
{
    coil_stream *stream;
    const char *line;
    size_t size;
    int err = coil_open_connection("127.0.0.1", port, &stream);
    if (err < 0)
        return err;
    err = coil_stream_send(stream, message, strlen(message));
    if (err >= 0)
        err = coil_stream_readline(stream, &line, &size);
    if (err >= 0)
        printf("Received: %.*s", (int)size, line);
    coil_stream_close(stream); /* takes the handle back; what is buffered still goes out */
    int closed = coil_stream_wait_closed(stream);
    return err < 0 ? err : closed;
}

COIL_ASYNC(echo_server)
{
    coil_server *server;
    int err = coil_start_server("127.0.0.1", 0, echo, NULL, NULL, &server);
    if (err < 0)
        return err;
    int port = coil_server_port(server);
    err = client(port, "Hello\n");
    if (err >= 0)
        err = client(port, "Is anybody there?\n");
    coil_server_close(server);
    if (err >= 0)
        err = coil_server_wait_closed(server);
    if (err >= 0)
        printf("The server is closed\n");
    coil_server_free(server);
    return err;
}

COIL_MAIN(echo_server())

/* write_eof ends one direction only: the peer reads the end and can still answer. */
#include <stdio.h>

#include <coil.h>

static int handle(coil_stream *s, void *arg)
{
    const char *data;
    size_t n;
    int sum = 0;
    (void)arg;
    int err = coil_stream_read_all(s, &data, &n);
    if (err < 0)
        return err;
    printf("server got all: %zu\n", n);
    for (size_t i = 0; i < n; i++)
        sum += data[i];
    char answer[32];
    int size = snprintf(answer, sizeof answer, "sum=%d", sum);
    err = coil_stream_send(s, answer, (size_t)size);
    return err < 0 ? err : coil_stream_close(s);
}

COIL_ASYNC(ask, (coil_stream *, s))
{
    const char *answer;
    size_t n;
    int err = coil_stream_write(s, "\1\2\3", 3);
    if (err < 0)
        return err;
    printf("can write eof: %d\n", coil_stream_can_write_eof(s));
    err = coil_stream_write_eof(s);
    if (err >= 0)
        err = coil_stream_read_all(s, &answer, &n);
    if (err < 0)
        return err;
    printf("answer %.*s\n", (int)n, answer);
    err = coil_stream_close(s);
    return err < 0 ? err : coil_stream_wait_closed(s);
}

COIL_ASYNC(hello)
{
    coil_server *server;
    coil_stream *s;
    int err = coil_start_server("127.0.0.1", 0, handle, NULL, NULL, &server);
    if (err < 0)
        return err;
    err = coil_open_connection("127.0.0.1", coil_server_port(server), &s);
    if (err >= 0)
        err = ask(s);
    coil_server_close(server);
    if (err >= 0)
        err = coil_server_wait_closed(server);
    coil_server_free(server);
    return err;
}

COIL_MAIN(hello())

/* Each connection is served by its own task: a slow client does not hold up a fast one. */
#include <stdio.h>
#include <stdlib.h>

#include <coil.h>

static int handle(coil_stream *s, void *arg)
{
    const char *line;
    size_t size;
    char answer[32];
    (void)arg;
    int err = coil_stream_readline(s, &line, &size);
    if (err < 0)
        return err;
    int n = atoi(line);
    err = coil_sleep(n * 0.04);
    if (err < 0)
        return err;
    printf("served %d\n", n);
    int length = snprintf(answer, sizeof answer, "%d\n", n * n);
    err = coil_stream_send(s, answer, (size_t)length);
    return err < 0 ? err : coil_stream_close(s);
}

COIL_ASYNC(client, (int, port), (int, n), (int, ret_answer, out))
{
    coil_stream *s;
    const char *line;
    size_t size;
    char question[32];
    int err = coil_open_connection("127.0.0.1", port, &s);
    if (err < 0)
        return err;
    int length = snprintf(question, sizeof question, "%d\n", n);
    err = coil_stream_write(s, question, (size_t)length);
    if (err >= 0)
        err = coil_stream_readline(s, &line, &size);
    if (err >= 0)
        *ret_answer = atoi(line);
    coil_stream_close(s);
    return err;
}

COIL_ASYNC(hello)
{
    coil_server *server;
    int a, b, c;
    int err = coil_start_server("127.0.0.1", 0, handle, NULL, NULL, &server);
    if (err < 0)
        return err;
    int port = coil_server_port(server);
    err = coil_gather(client(port, 3, &a), client(port, 1, &b), client(port, 2, &c));
    if (err >= 0)
        printf("%d %d %d\n", a, b, c);
    coil_server_close(server);
    if (err >= 0)
        err = coil_server_wait_closed(server);
    coil_server_free(server);
    return err;
}

COIL_MAIN(hello())

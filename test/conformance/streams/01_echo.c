/* A line sent to an echo server comes back; reads suspend only their own task. */
#include <ctype.h>
#include <stdio.h>

#include <coil.h>

static int handle(coil_stream *s, void *arg)
{
    const char *line;
    size_t n;
    char upper[64];
    int err;
    (void)arg;
    while ((err = coil_stream_readline(s, &line, &n)) > 0) {
        printf("server got %.*s\n", (int)n - 1, line);
        for (size_t i = 0; i < n; i++)
            upper[i] = (char)toupper((unsigned char)line[i]);
        err = coil_stream_send(s, upper, n);
        if (err < 0)
            return err;
    }
    printf("server sees EOF\n");
    return err;
}

COIL_ASYNC(talk, (coil_stream *, s))
{
    const char *const messages[] = {"one\n", "two\n"};
    for (int i = 0; i < 2; i++) {
        const char *line;
        size_t n;
        int err = coil_stream_write(s, messages[i], 4);
        if (err >= 0)
            err = coil_stream_readline(s, &line, &n);
        if (err < 0)
            return err;
        printf("client got %.*s\n", (int)n - 1, line);
    }
    int err = coil_stream_close(s);
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
        err = talk(s);
    if (err >= 0)
        err = coil_sleep(0.04);
    coil_server_close(server);
    if (err >= 0)
        err = coil_server_wait_closed(server);
    coil_server_free(server);
    printf("end\n");
    return err;
}

COIL_MAIN(hello())

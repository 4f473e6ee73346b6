/* An error in one connection's handler is reported and leaves the server and other clients alone. */
#include <stdio.h>
#include <string.h>

#include <coil.h>

static int handle(coil_stream *s, void *arg)
{
    const char *line;
    size_t n;
    (void)arg;
    int err = coil_stream_readline(s, &line, &n);
    if (err < 0)
        return err;
    if (n == 4 && memcmp(line, "bad\n", 4) == 0) {
        coil_stream_close(s);
        return coil_fail(-EINVAL, "handler boom");
    }
    err = coil_stream_write(s, "fine\n", 5);
    return err < 0 ? err : coil_stream_close(s);
}

static int report(coil_loop *loop, const coil_exception_context *context, void *arg)
{
    (void)loop;
    (void)arg;
    printf("handler: %s %s\n", context->error == -EINVAL ? "ValueError" : "?",
           context->error_message);
    return 0;
}

COIL_ASYNC(ask, (int, port), (const char *, word))
{
    coil_stream *s;
    const char *answer;
    size_t n;
    int err = coil_open_connection("127.0.0.1", port, &s);
    if (err < 0)
        return err;
    err = coil_stream_write(s, word, strlen(word));
    if (err >= 0)
        err = coil_stream_read_all(s, &answer, &n);
    if (err >= 0) {
        while (n > 0 && answer[n - 1] == '\n')
            n--;
        printf("%.*s -> %.*s\n", (int)strlen(word) - 1, word, n ? (int)n : 3, n ? answer : "EOF");
    }
    coil_stream_close(s);
    return err < 0 ? err : coil_sleep(0.04);
}

COIL_ASYNC(hello)
{
    coil_server *server;
    coil_loop_set_exception_handler(coil_loop_running(), report, NULL);
    int err = coil_start_server("127.0.0.1", 0, handle, NULL, NULL, &server);
    if (err < 0)
        return err;
    err = ask(coil_server_port(server), "bad\n");
    if (err >= 0)
        err = ask(coil_server_port(server), "good\n");
    coil_server_free(server);
    return err;
}

COIL_MAIN(hello())

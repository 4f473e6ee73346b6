/* the end of run() cancels the handlers of open connections, each once; their cleanup may write */
#include "said.h"

static int handle(coil_stream *s, void *arg)
{
    char name[16];
    const char *line;
    size_t n;
    (void)arg;
    MUST(coil_stream_readline(s, &line, &n));
    snprintf(name, sizeof name, "%.*s", (int)n - 1, line);
    int err = coil_stream_readline(s, &line, &n);
    if (err == -ECANCELED) {
        printf("%s cancelled\n", name);
        MUST(coil_stream_write(s, "bye\n", 4));
        MUST(coil_stream_close(s));
    } else {
        printf("%s never\n", name);
    }
    return err;
}

COIL_ASYNC(amain, (const char *, ret, out))
{
    static const char *const names[] = {"a\n", "b\n", "c\n"};
    coil_server *server;
    coil_stream *s;
    MUST(coil_start_server("127.0.0.1", 0, handle, NULL, NULL, &server));
    for (int i = 0; i < 3; i++) {
        MUST(coil_open_connection("127.0.0.1", coil_server_port(server), &s));
        MUST(coil_stream_send(s, names[i], strlen(names[i])));
        MUST(coil_sleep(0.01));
    }
    *ret = "result";
    return 0;
}

int main(void)
{
    const char *result = NULL;
    MUST(coil_run(amain(&result)));
    printf("%s\n", result);
    return 0;
}

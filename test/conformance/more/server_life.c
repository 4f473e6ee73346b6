/* server: serving or not, close while a handler runs, wait_closed waits for it, serve_forever twice and after close, handlers that are cancelled say nothing */
#include "said.h"

static coil_event go;

static int report(coil_loop *loop, const coil_exception_context *c, void *arg)
{
    (void)loop;
    (void)arg;
    printf("reported: %s %s\n", c->message, c->error_message ? c->error_message : "None");
    return 0;
}

static int handle(coil_stream *s, void *arg)
{
    const char *line;
    size_t n;
    (void)arg;
    MUST(coil_stream_readline(s, &line, &n));
    if (n == 7)
        return -ECANCELED;
    printf("handler waits\n");
    MUST(coil_event_wait(&go));
    printf("handler goes on\n");
    return 0;
}

static int sockets(coil_server *server)
{
    coil_address a;
    return coil_server_sockname(server, 0, &a) >= 0;
}

COIL_ASYNC(amain)
{
    static const char *const words[] = {"cancel\n", "slow\n"};
    coil_server *server;
    coil_stream *s[2], *none;
    coil_event_init(&go);
    coil_loop_set_exception_handler(coil_loop_running(), report, NULL);
    MUST(coil_start_server("127.0.0.1", 0, handle, NULL, NULL, &server));
    int port = coil_server_port(server);
    printf("serving %d %d\n", coil_server_is_serving(server), sockets(server));
    for (int i = 0; i < 2; i++) {
        MUST(coil_open_connection("127.0.0.1", port, &s[i]));
        MUST(coil_stream_write(s[i], words[i], strlen(words[i])));
        MUST(coil_sleep(0.02));
    }
    coil_task *forever = coil_task_ref(coil_create_task(coil_server_serve_forever(server)));
    MUST(coil_sleep(0));
    if (coil_server_serve_forever(server) == -COIL_EINVALIDSTATE)
        printf("twice RuntimeError\n");
    MUST(coil_server_close(server));
    MUST(coil_server_close(server));
    printf("serving %d %d\n", coil_server_is_serving(server), sockets(server));
    if (coil_open_connection("127.0.0.1", port, &none) == -ECONNREFUSED)
        printf("refused\n");
    if (coil_wait_for(coil_server_wait_closed(server), 0.02) == -ETIMEDOUT)
        printf("a connection is open\n");
    coil_event_set(&go);
    MUST(coil_server_wait_closed(server));
    printf("closed\n");
    if (coil_await(forever) == -ECANCELED)
        printf("serve_forever cancelled %d\n", coil_task_cancelled(forever));
    coil_task_unref(forever);
    if (coil_server_serve_forever(server) == -COIL_EINVALIDSTATE)
        printf("closed RuntimeError\n");
    coil_stream_close(s[0]);
    coil_stream_close(s[1]);
    coil_server_free(server);
    return 0;
}
COIL_MAIN(amain())

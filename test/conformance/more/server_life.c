/* A server that does not serve yet, serves, is told so twice, and is closed while clients are there. */
#include "said.h"

static int handler(coil_stream *s, void *arg)
{
    const char *line, *rest;
    size_t size;
    (void)arg;
    MUST(coil_stream_readline(s, &line, &size));
    printf("handler got %.*s\n", (int)size - 1, line);
    MUST(coil_stream_send(s, "yes\n", 4));
    MUST(coil_stream_read_all(s, &rest, &size));
    printf("handler ends after %zu\n", size);
    return 0;
}

/* A connection that has got its answer, or NULL. */
static COIL_ASYNC(say, (int, port), (coil_stream *, ret, out))
{
    const char *line;
    size_t size;
    int err = coil_open_connection("127.0.0.1", port, ret);
    if (err == -ECONNREFUSED) {
        printf("refused\n");
        *ret = NULL;
        return 0;
    }
    MUST(err);
    MUST(coil_stream_send(*ret, "hello\n", 6));
    MUST(coil_stream_readline(*ret, &line, &size));
    printf("client got %.*s\n", (int)size - 1, line);
    return 0;
}

static int n_sockets(coil_server *server)
{
    int n = 0;
    while (coil_server_fd(server, n) >= 0)
        n++;
    return n;
}

static const coil_server_options idle = {.idle = 1};

static COIL_ASYNC(closes_with_a_client)
{
    coil_server *server;
    coil_stream *w;
    MUST(coil_start_server("127.0.0.1", 0, handler, NULL, &idle, &server));
    int port = coil_server_port(server);
    printf("idle %d %d\n", coil_server_is_serving(server), n_sockets(server));
    MUST(say(port, &w));
    MUST(coil_server_start_serving(server));
    MUST(coil_server_start_serving(server));
    printf("serving %d\n", coil_server_is_serving(server));
    MUST(say(port, &w));
    coil_task *waiter = coil_create_task(coil_server_wait_closed(server));
    MUST(coil_sleep(0.01));
    printf("waiting while serving %d\n", coil_task_done(waiter));
    coil_server_close(server);
    coil_server_close(server);
    printf("closed %d %d\n", coil_server_is_serving(server), n_sockets(server));
    MUST(coil_sleep(0.01));
    printf("waiting for the client %d\n", coil_task_done(waiter));
    coil_stream *none;
    MUST(say(port, &none));
    coil_stream_close(w);
    MUST(coil_stream_wait_closed(w));
    MUST(coil_await(waiter));
    printf("waited\n");
    MUST(coil_server_wait_closed(server));
    if (coil_server_serve_forever(server) == -COIL_EINVALIDSTATE)
        printf("serve_forever on a closed one: RuntimeError\n");
    coil_server_free(server);
    return 0;
}

static COIL_ASYNC(is_cancelled_with_a_client)
{
    coil_server *server;
    coil_stream *w;
    MUST(coil_start_server("127.0.0.1", 0, handler, NULL, &idle, &server));
    int port = coil_server_port(server);
    coil_task *forever = coil_create_task(coil_server_serve_forever(server));
    MUST(coil_yield_now());
    printf("forever %d\n", coil_server_is_serving(server));
    coil_task *second = coil_create_task(coil_server_serve_forever(server));
    if (coil_await(second) == -COIL_EINVALIDSTATE)
        printf("a second serve_forever: RuntimeError\n");
    MUST(say(port, &w));
    coil_task_cancel(forever);
    MUST(coil_sleep(0.01));
    printf("cancelled, client open %d %d\n", coil_task_done(forever),
           coil_server_is_serving(server));
    coil_stream_close(w);
    printf("serve_forever: %s\n", said(coil_await(forever)));
    MUST(coil_server_wait_closed(server));
    coil_server_free(server);
    printf("end\n");
    return 0;
}

COIL_ASYNC(amain)
{
    MUST(closes_with_a_client());
    return is_cancelled_with_a_client();
}

COIL_MAIN(amain())

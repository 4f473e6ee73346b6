/* A consumer by pkg-config: one thing of each room: a server and its client, a thread, a worker process, a time limit. */
#include <coil.h>
#include <stdio.h>
#include <string.h>

struct number {
    int value;
};

static int shout(coil_stream *stream, void *arg)
{
    const char *line;
    size_t size;
    (void)arg;
    int err = coil_stream_readline(stream, &line, &size);
    if (err < 0)
        return err;
    char answer[64];
    int n = snprintf(answer, sizeof answer, "%.*s!", (int)size - 1, line);
    return coil_stream_send(stream, answer, (size_t)n);
}

COIL_ASYNC(talk, (int, port))
{
    coil_stream *stream;
    int err = coil_open_connection("127.0.0.1", port, &stream);
    if (err < 0)
        return err;
    char answer[64];
    int n = 0;
    err = coil_stream_send(stream, "hello\n", 6);
    if (err >= 0)
        err = n = coil_stream_read(stream, answer, sizeof answer);
    if (err >= 0)
        printf("stream: %.*s\n", n, answer);
    int closed = coil_stream_close(stream);
    return err < 0 ? err : closed;
}

COIL_ASYNC(square, (int, x), (int, ret, out))
{
    *ret = x * x;
    return 0;
}

COIL_REMOTE(cube, (struct number, in), (struct number, out))
{
    out->value = in->value * in->value * in->value;
    return 0;
}

COIL_ASYNC(compute)
{
    int nine = 0;
    struct number three = {3}, result = {0};
    coil_pool *pool;
    int err = coil_process_pool_new(1, &pool);
    if (err < 0)
        return err;
    err = coil_gather(coil_to_thread(square(3, &nine)), coil_pool_run(pool, cube(&three, &result)));
    if (err >= 0)
        printf("thread: %d\nprocess: %d\n", nine, result.value);
    coil_pool_free(pool);
    return err;
}

COIL_ASYNC(consumer)
{
    coil_server *server;
    int err = coil_start_server("127.0.0.1", 0, shout, NULL, NULL, &server);
    if (err < 0)
        return err;
    err = talk(coil_server_port(server));
    coil_server_free(server);
    if (err >= 0)
        err = compute();
    if (err < 0)
        return err;
    err = coil_wait_for(coil_sleep(COIL_FOREVER), 0.01);
    printf("limit: %s\n", coil_error_name(err));
    return err == -ETIMEDOUT ? 0 : coil_fail(-EINVAL, "the limit gave %d", err);
}

COIL_MAIN(consumer())

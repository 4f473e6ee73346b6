/* write never blocks; drain waits while the buffer is above high water until it falls below low water. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <coil.h>

static coil_event go;
static size_t total;
enum { BIG = 32 << 20 };

static int handle(coil_stream *s, void *arg)
{
    char *buf = arg;
    int n = coil_event_wait(&go);
    if (n < 0)
        return n;
    printf("server begins to read\n");
    while ((n = coil_stream_read(s, buf, 65536)) > 0)
        total += (size_t)n;
    return n < 0 ? n : coil_stream_close(s);
}

COIL_ASYNC(press, (coil_stream *, s), (const char *, big))
{
    coil_stream_set_write_buffer_limits(s, 1000, -1);
    int err = coil_stream_drain(s);
    if (err < 0)
        return err;
    printf("drain of an empty buffer returns\n");
    err = coil_stream_write(s, big, BIG);
    if (err < 0)
        return err;
    coil_task *t = coil_create_task(coil_stream_drain(s));
    err = coil_sleep(0.04);
    printf("write returned, drain done: %d\n", coil_task_done(t));
    coil_event_set(&go);
    err = coil_await(t);
    if (err < 0)
        return err;
    printf("drained, buffer below high water: %d\n", coil_stream_get_write_buffer_size(s) <= 1000);
    err = coil_stream_write_eof(s);
    char byte;
    if (err >= 0)
        err = coil_stream_read(s, &byte, 1);
    printf("all arrived: %d\n", total == BIG);
    coil_stream_close(s);
    return err;
}

COIL_ASYNC(hello)
{
    static char buf[65536];
    coil_server *server;
    coil_stream *s;
    char *big = malloc(BIG);
    if (!big)
        return -ENOMEM;
    memset(big, 'x', BIG);
    coil_event_init(&go);
    int err = coil_start_server("127.0.0.1", 0, handle, buf, NULL, &server);
    if (err >= 0) {
        err = coil_open_connection("127.0.0.1", coil_server_port(server), &s);
        if (err >= 0)
            err = press(s, big);
        coil_server_free(server);
    }
    free(big);
    return err;
}

COIL_MAIN(hello())

/* drain: several wait at once, one is cancelled, the bytes go out all the same; marks; write_eof after a big buffer; a read that is cancelled in the middle of readexactly */
#include "said.h"

enum { A = 3000000, B = 1000, C = 1000 };

static coil_event got, begin, received;
static char all[A + B + C];

static int handle(coil_stream *s, void *arg)
{
    const char *data;
    size_t n;
    (void)arg;
    MUST(coil_event_wait(&begin));
    MUST(coil_stream_read_all(s, &data, &n));
    printf("server got %zu %d\n", n, n == sizeof all && memcmp(data, all, n) == 0);
    coil_event_set(&received);
    MUST(coil_stream_send(s, "12345", 5));
    MUST(coil_sleep(0.3));
    MUST(coil_stream_write(s, "67890", 5));
    MUST(coil_stream_close(s));
    coil_event_set(&got);
    return 0;
}

COIL_ASYNC(drain, (coil_stream *, s), (const char *, name), (const char *, data), (size_t, n))
{
    MUST(coil_stream_write(s, data, n));
    int err = coil_stream_drain(s);
    printf("%s %s\n", name, err < 0 ? "cancelled" : "drained");
    return err;
}

COIL_ASYNC(exactly, (coil_stream *, s), (char *, buf))
{
    return coil_stream_readexactly(s, buf, 10);
}

static int finish(coil_task **tasks, int n)
{
    int ndone;
    MUST(coil_wait(tasks, n, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
    return 0;
}

COIL_ASYNC(amain)
{
    coil_server *server;
    coil_stream *s;
    char ten[10], rest[16];
    coil_event_init(&got);
    coil_event_init(&begin);
    coil_event_init(&received);
    memset(all, 'a', A);
    memset(all + A, 'b', B);
    memset(all + A + B, 'c', C);
    MUST(coil_start_server("127.0.0.1", 0, handle, NULL, NULL, &server));
    MUST(coil_open_connection("127.0.0.1", coil_server_port(server), &s));
    MUST(coil_stream_set_write_buffer_limits(s, 2000, 1000));
    MUST(coil_stream_write(s, all, A));
    coil_task *tasks[] = {coil_create_task(drain(s, "b", all + A, B)),
                          coil_create_task(drain(s, "c", all + A + B, C))};
    MUST(coil_sleep(0.02));
    printf("[%d, %d] %d\n", coil_task_done(tasks[0]), coil_task_done(tasks[1]),
           coil_stream_get_write_buffer_size(s) > 2000);
    coil_task_cancel(tasks[0]);
    MUST(coil_sleep(0));
    coil_event_set(&begin);
    MUST(finish(tasks, 2));
    MUST(coil_stream_write_eof(s));
    printf("below low %d\n", coil_stream_get_write_buffer_size(s) <= 1000);
    coil_task *t = coil_create_task(exactly(s, ten));
    MUST(coil_event_wait(&received));
    MUST(coil_sleep(0.01));
    coil_task_cancel(t);
    MUST(finish(&t, 1));
    printf("cancelled %d\n", coil_task_cancelled(t));
    MUST(coil_stream_readexactly(s, ten, 10));
    int n = coil_stream_read(s, rest, sizeof rest);
    printf("b'%.10s' b'%.*s'\n", ten, n, rest);
    MUST(coil_event_wait(&got));
    coil_task_unref(tasks[0]);
    coil_task_unref(tasks[1]);
    coil_task_unref(t);
    coil_stream_close(s);
    coil_server_free(server);
    return 0;
}
COIL_MAIN(amain())

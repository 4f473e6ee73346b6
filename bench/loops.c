/* bench/loops.c: two loops: a call to the other one and back, and what the wake-ups cost; and how much two loops echo against one.
 *
 * The echo is whole: servers and clients are tasks of the same loops, each loop with its own, so that on n idle CPUs n loops do n
 * times the work. Where others use the CPUs too, look at the CPU time.
 */
#include <stdatomic.h>

#include "bench.h"
#include "coil.h"

enum { ROUNDS = 100000, CONNECTIONS = 32, BYTES = 64 };
static const double seconds = 0.5;

COIL_ASYNC(nothing)
{
    return 0;
}

/* Both loops sleep in between: each wakes the other. */
COIL_ASYNC(there_and_back)
{
    if (coil_thread_index() > 0)
        return 0;
    int err = 0;
    double t0 = bench_now(), cpu0 = bench_cpu();
    for (int i = 0; i < ROUNDS && err >= 0; i++)
        err = coil_to_loop(coil_thread_loop(1), nothing());
    if (err < 0)
        return err;
    bench_print("call in another loop, round trip", (bench_now() - t0) * 1e9 / ROUNDS, "ns");
    bench_print("call in another loop, CPU time of both", (bench_cpu() - cpu0) * 1e9 / ROUNDS,
                "ns");
    return 0;
}

static atomic_llong messages;
static double until;

static int echo(coil_stream *stream, void *arg)
{
    char buf[1024];
    int n;
    (void)arg;
    while ((n = coil_stream_read(stream, buf, sizeof buf)) > 0) {
        int err = coil_stream_send(stream, buf, (size_t)n);
        if (err < 0)
            return err;
    }
    return n;
}

COIL_ASYNC(talk, (int, port))
{
    char buf[BYTES] = {0};
    coil_stream *stream;
    int err = coil_open_connection("127.0.0.1", port, &stream);
    if (err < 0)
        return err;
    long long n = 0;
    for (; err >= 0 && bench_now() < until; n++) {
        err = coil_stream_send(stream, buf, sizeof buf);
        if (err >= 0)
            err = coil_stream_readexactly(stream, buf, sizeof buf);
    }
    atomic_fetch_add(&messages, n);
    coil_stream_close(stream);
    return err;
}

COIL_ASYNC(serve_and_talk)
{
    coil_server *server;
    int err = coil_start_server("127.0.0.1", 0, echo, NULL, NULL, &server);
    if (err < 0)
        return err;
    COIL_TASK_GROUP(g, err)
    {
        for (int i = 0; i < CONNECTIONS && err >= 0; i++)
            err = coil_group_create_task(g, talk(coil_server_port(server))) ? 0 : -ENOMEM;
    }
    coil_server_free(server);
    return err;
}

static int echo_in(int loops)
{
    char name[64];
    atomic_store(&messages, 0);
    until = bench_now() + seconds;
    double cpu0 = bench_cpu();
    int err = coil_run_threads(loops, serve_and_talk());
    snprintf(name, sizeof name, "echo with itself, %d loop%s", loops, loops == 1 ? "" : "s");
    if (err < 0)
        return err;
    double n = (double)atomic_load(&messages);
    bench_print(name, n / seconds / 1000, "1000/s");
    snprintf(name, sizeof name, "echo with itself, %d loop%s, CPU time", loops,
             loops == 1 ? "" : "s");
    bench_print(name, (bench_cpu() - cpu0) * 1e9 / n, "ns");
    return 0;
}

int main(void)
{
    int err = coil_run_threads(2, there_and_back());
    if (err >= 0)
        err = echo_in(1);
    if (err >= 0)
        err = echo_in(2);
    if (err < 0)
        fprintf(stderr, "%s: %s\n", coil_error_name(err), coil_error_message(err));
    return err < 0;
}

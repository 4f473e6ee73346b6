/* bench/loops.c: two loops: a call to the other one and back, and what the wake-ups cost; how much two loops echo, and how many tasks they start,
 * against one; and how evenly the kernel spreads connections over two servers that share a port.
 *
 * The echo is whole: servers and clients are tasks of the same loops, each loop with its own, so that on n idle CPUs n loops do n
 * times the work. Where others use the CPUs too, look at the CPU time.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "coil.h"

enum { ROUNDS = 100000, CONNECTIONS = 32, BYTES = 64, TASKS = 1000000, SPREAD = 2000 };
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

/* Each loop starts and joins tasks of its own: what they still share shows as more CPU time for each. */
COIL_ASYNC(start_tasks)
{
    int err = 0;
    for (int i = 0; i < TASKS && err >= 0; i++)
        err = coil_await(coil_create_task(nothing()));
    return err;
}

static int tasks_in(int loops)
{
    char name[64];
    double cpu0 = bench_cpu();
    int err = coil_run_threads(loops, start_tasks());
    snprintf(name, sizeof name, "start and join a task, %d loop%s, CPU time", loops,
             loops == 1 ? "" : "s");
    if (err >= 0)
        bench_print(name, (bench_cpu() - cpu0) * 1e9 / TASKS / loops, "ns");
    return err;
}

/* ---------------------------------------------------------------- one port, two servers ---- */

static atomic_int accepted[2];

static int count_and_wait(coil_stream *stream, void *arg)
{
    char c;
    (void)arg;
    atomic_fetch_add(&accepted[coil_thread_index()], 1);
    int n = coil_stream_read(stream, &c, 1); /* until the client hangs up */
    return n == -ECONNRESET ? 0 : n;
}

COIL_ASYNC(connect_many, (int, port))
{
    static coil_stream *streams[SPREAD];
    int err = 0, made = 0;
    for (; made < SPREAD && err >= 0; made++)
        err = coil_open_connection("127.0.0.1", port, &streams[made]);
    while (err >= 0 && atomic_load(&accepted[0]) + atomic_load(&accepted[1]) < SPREAD)
        err = coil_sleep(0.001);
    for (int i = 0; i < made - (err < 0); i++)
        coil_stream_close(streams[i]);
    return err;
}

static atomic_int listening;

/* The first loop connects once both listen, and then ends both. */
COIL_ASYNC(share_port, (int, port))
{
    coil_server *server;
    coil_server_options options = {.reuse_port = 1, .backlog = 4096};
    int err = coil_start_server("127.0.0.1", port, count_and_wait, NULL, &options, &server);
    if (err < 0)
        return err;
    atomic_fetch_add(&listening, 1);
    while (err >= 0 && atomic_load(&listening) < 2)
        err = coil_sleep(0.001);
    if (err >= 0 && coil_thread_index() == 0) {
        err = connect_many(port);
        atomic_fetch_add(&listening, 1);
    }
    while (err >= 0 && atomic_load(&listening) < 3)
        err = coil_sleep(0.001);
    coil_server_free(server);
    return err;
}

static int spread(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    int one = 1, holder = socket(AF_INET, SOCK_STREAM, 0); /* keeps a port; it does not listen */
    if (holder < 0 || setsockopt(holder, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) < 0 ||
        bind(holder, (struct sockaddr *)&a, size) < 0 ||
        getsockname(holder, (struct sockaddr *)&a, &size) < 0)
        return -errno;
    int err = coil_run_threads(2, share_port(ntohs(a.sin_port)));
    close(holder);
    for (int i = 0; i < 2 && err >= 0; i++) {
        char name[64];
        snprintf(name, sizeof name, "one port, two loops: connections of loop %d", i + 1);
        bench_print(name, 100.0 * atomic_load(&accepted[i]) / SPREAD, "%");
    }
    return err;
}

int main(void)
{
    int err = coil_run_threads(2, there_and_back());
    for (int loops = 1; loops <= 2 && err >= 0; loops++)
        err = echo_in(loops);
    for (int loops = 1; loops <= 2 && err >= 0; loops++)
        err = tasks_in(loops);
    if (err >= 0)
        err = spread();
    if (err < 0)
        fprintf(stderr, "%s: %s\n", coil_error_name(err), coil_error_message(err));
    return err < 0;
}

/* bench/tasks.c: what Coil's scheduling costs: yields, a task from its start to its join, a generator, timers, and what a parked task holds.
 * `tasks WHAT N` does WHAT N times. Hand-overs between two tasks are in handover.c.
 */
#include <string.h>
#include <sys/socket.h>

#include "own.h"

/* ---------------------------------------------------------------- yields ---- */

COIL_ASYNC(yielder, (long, rounds))
{
    int err = 0;
    for (long i = 0; i < rounds && err >= 0; i++)
        err = coil_yield_now();
    return err;
}

COIL_ASYNC(yields, (int, n_tasks), (long, n))
{
    int err = 0;
    coil_task **tasks = calloc((size_t)n_tasks, sizeof(coil_task *));
    for (int i = 0; i < n_tasks && tasks; i++)
        tasks[i] = coil_create_task(yielder(n / n_tasks));
    err = tasks ? coil_yield_now() : -ENOMEM; /* each has begun */
    struct own_span span = own_begin();
    for (int i = 0; i < n_tasks && err >= 0; i++)
        err = coil_await(tasks[i]);
    own_end(span);
    free(tasks);
    return err;
}

COIL_ASYNC(reads_nothing, (int, fd))
{
    char c;
    return coil_recv(fd, &c, 1);
}

static int never(void *arg)
{
    (void)arg;
    return 0;
}

/* 1,000 tasks that yield, while a timer is armed and as many others wait for sockets: each turn asks the kernel. */
COIL_ASYNC(yields_beside_idle, (long, n))
{
    enum { IDLE = 1000 };
    static int fds[IDLE][2];
    int err = 0;
    coil_handle *timer = coil_call_later(3600, never, NULL);
    COIL_TASK_GROUP(g, err)
    {
        for (int i = 0; i < IDLE && err >= 0; i++) {
            if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds[i]) < 0)
                err = -errno;
            else if (!coil_group_create_task(g, reads_nothing(fds[i][0])))
                err = -ENOMEM;
        }
        if (err >= 0)
            err = yields(1000, n);
        coil_group_cancel(g);
    }
    coil_handle_cancel(timer);
    return err;
}

/* ---------------------------------------------------------------- tasks and generators ---- */

COIL_ASYNC(nothing)
{
    return 0;
}

COIL_ASYNC(spawn_and_join, (long, n))
{
    int err = 0;
    for (int i = 0; i < 1000 && err >= 0; i++)
        err = coil_await(coil_create_task(nothing()));
    struct own_span span = own_begin();
    for (long i = 0; i < n && err >= 0; i++)
        err = coil_await(coil_create_task(nothing()));
    own_end(span);
    return err;
}

/* So many tasks at once, then all are joined; n in all. */
COIL_ASYNC(many_tasks, (int, at_once), (long, n))
{
    int err = 0;
    coil_task **tasks = calloc((size_t)at_once, sizeof(coil_task *));
    if (!tasks)
        return -ENOMEM;
    struct own_span span = own_begin();
    for (long round = 0; round < n / at_once && err >= 0; round++) {
        for (int i = 0; i < at_once; i++)
            tasks[i] = coil_create_task(nothing());
        for (int i = 0; i < at_once && err >= 0; i++)
            err = coil_await(tasks[i]);
    }
    own_end(span);
    free(tasks);
    return err;
}

COIL_ASYNC(count, (long, n))
{
    int err = 0;
    for (long i = 0; i < n && err >= 0; i++)
        err = coil_generator_yield(&i, NULL);
    return err;
}

/* A step is two switches, there and back. */
COIL_ASYNC(generator_next, (long, n))
{
    long v, sum = 0;
    COIL_GENERATOR(g, count(n), sizeof v);
    int err;
    struct own_span span = own_begin();
    COIL_ASYNC_FOR(err, coil_generator_next(g, &v))
    sum += v;
    own_end(span);
    return err < 0 ? err : sum < 0;
}

/* ---------------------------------------------------------------- timers ---- */

static long left;
static coil_event over;

static int fires(void *arg)
{
    (void)arg;
    if (--left == 0)
        coil_event_set(&over);
    return 0;
}

/* n timers spread over one second. */
static int one_second_of_timers(long n, double grain)
{
    unsigned long long state = 88172645463325252ull; /* xorshift64: the same delays each time */
    int err = 0;
    double start = coil_time();
    coil_event_clear(&over);
    left = n;
    for (long i = 0; i < n && err >= 0; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        double delay = (double)(state >> 11) / (double)(1ull << 53);
        if (grain > 0)
            delay = grain * (double)(long)(delay / grain);
        if (!coil_call_at(start + delay, fires, NULL))
            err = -ENOMEM;
    }
    return err < 0 ? err : coil_event_wait(&over);
}

/* The first second pays for the memory; the second one counts. */
COIL_ASYNC(timers, (double, grain), (long, n))
{
    coil_event_init(&over);
    int err = one_second_of_timers(n, grain);
    struct own_span span = own_begin();
    if (err >= 0)
        err = one_second_of_timers(n, grain);
    own_end(span);
    return err;
}

/* ---------------------------------------------------------------- parked tasks ---- */

static coil_future *go;

COIL_ASYNC(waits)
{
    return coil_future_await(go, NULL);
}

/* Where stacks sleep (COIL_SLEEP_STACKS=0): until all n do. Returns the seconds that took, or an error. */
static double put_to_sleep(long n)
{
    double start = coil_time();
    int err = 0;
    while (getenv("COIL_SLEEP_STACKS") && coil_loop_stacks_asleep(coil_loop_running()) < n &&
           coil_time() < start + 30 && err >= 0)
        err = coil_sleep(0.001);
    return err < 0 ? err : coil_time() - start;
}

/* n tasks, each with a name, parked at once, then awaited. */
COIL_ASYNC(parked, (long, n))
{
    go = coil_future_new();
    coil_task **tasks = malloc((size_t)n * sizeof(coil_task *));
    if (!go || !tasks)
        return -ENOMEM;
    memset(tasks, 0, (size_t)n * sizeof(coil_task *));
    double before = bench_resident_kib();
    char name[32];
    struct own_span span = own_begin();
    for (long i = 0; i < n; i++) {
        snprintf(name, sizeof name, "parked-%ld", i);
        tasks[i] = coil_create_task_named(waits(), name);
        if (!tasks[i])
            return coil_await(NULL);
    }
    int err = coil_yield_now();
    own_end(span);
    double sleep_s = err < 0 ? 0 : put_to_sleep(n);
    double parked_kib = bench_resident_kib() - before;
    double woken_at = coil_time();
    coil_future_set_result(go, NULL);
    for (long i = 0; i < n && err >= 0; i++)
        err = coil_await(tasks[i]);
    printf("{\"kib\": %.0f, \"to_sleep\": %.6f, \"to_end\": %.6f}\n", parked_kib, sleep_s,
           coil_time() - woken_at);
    coil_future_unref(go);
    free(tasks);
    return err;
}

COIL_ASYNC(perform, (const char *, what), (long, n))
{
    int at_once;
    if (sscanf(what, "yield among %d tasks", &at_once) == 1 && at_once > 0)
        return yields(at_once, n);
    if (sscanf(what, "start %d tasks, join them", &at_once) == 1 && at_once > 0)
        return many_tasks(at_once, n);
    if (strcmp(what, "yield, 2 tasks") == 0)
        return yields(2, n);
    if (strcmp(what, "yield, 1,000 tasks") == 0)
        return yields(1000, n);
    if (strcmp(what, "yield, 10,000 tasks") == 0)
        return yields(10000, n);
    if (strcmp(what, "yield, 1,000 tasks, a timer, 1,000 idle sockets") == 0)
        return yields_beside_idle(n);
    if (strcmp(what, "start and join a task") == 0)
        return spawn_and_join(n);
    if (strcmp(what, "next of a generator") == 0)
        return generator_next(n);
    if (strcmp(what, "timer, exact") == 0)
        return timers(0, n);
    if (strcmp(what, "timer, grain of 1 ms") == 0)
        return timers(0.001, n);
    return strcmp(what, "parked") == 0 ? parked(n) : BENCH_LACKS;
}

int main(int argc, char **argv)
{
    long n = argc == 3 ? atol(argv[2]) : 0;
    if (n < 1)
        return 2;
    int err = coil_run(perform(argv[1], n));
    if (err < 0)
        fprintf(stderr, "tasks: %s\n", coil_error_message(err));
    return err < 0 ? 1 : err;
}

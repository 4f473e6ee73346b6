/* bench/peers/tasks_libuv.c: a peer: timers and blocking jobs on libuv, which has no tasks. `tasks_libuv WHAT N`. */
#include <string.h>
#include <uv.h>

#include "bench.h"

static int left;

static void on_timer(uv_timer_t *timer)
{
    (void)timer;
    left--;
}

/* n timers over one second, at the delays that every contender has; libuv's grain is a millisecond. */
static int timers(int n)
{
    uv_timer_t *all = calloc((size_t)n, sizeof *all);
    unsigned long long state = 88172645463325252ull;
    if (!all)
        return 1;
    left = n;
    struct bench_span span = bench_begin();
    for (int i = 0; i < n; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        double delay = (double)(state >> 11) / (double)(1ull << 53);
        uv_timer_init(uv_default_loop(), &all[i]);
        uv_timer_start(&all[i], on_timer, (uint64_t)(delay * 1000), 0);
    }
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    bench_end(span);
    return left != 0;
}

static void job(uv_work_t *work)
{
    (void)work;
}

static void after(uv_work_t *work, int status)
{
    if (status == 0 && --left > 0)
        uv_queue_work(uv_default_loop(), work, job, after);
}

static int thread(int n)
{
    uv_work_t work;
    left = 1; /* the first one starts the threads */
    if (uv_queue_work(uv_default_loop(), &work, job, after) < 0)
        return 1;
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    left = n;
    struct bench_span span = bench_begin();
    if (uv_queue_work(uv_default_loop(), &work, job, after) < 0)
        return 1;
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    bench_end(span);
    return left != 0;
}

int main(int argc, char **argv)
{
    int n = argc == 3 ? atoi(argv[2]) : 0;
    if (n < 1)
        return 2;
    if (strcmp(argv[1], "timer, grain of 1 ms") == 0)
        return timers(n);
    return strcmp(argv[1], "thread") == 0 ? thread(n) : BENCH_LACKS;
}

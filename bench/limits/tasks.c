/* bench/limits/tasks.c: what scheduling can't be cheaper than: bare register switches in a ring of contexts, with no queue and no state; a
 * context that is made, run and left again; one that is made and left in the middle; and timers in a 4-ary heap, with a sleep until the
 * next. `tasks WHAT N`.
 */
#include <string.h>
#include <time.h>

#include "bench.h"
#include "coro/coro.h"

enum { STACK = 256 * 1024, MAX_CONTEXTS = 1000000 };

static struct coil__stack_pool *pool;
static struct coil__coro here, ring[MAX_CONTEXTS];
static int contexts;
static long left;

static struct coil__stack stack_or_exit(void)
{
    struct coil__stack stack;
    if ((!pool && coil__stack_pool_new(STACK, COIL__GUARD_AUTO, &pool) < 0) ||
        coil__stack_get(pool, &stack) < 0)
        exit(1);
    return stack;
}

/* ---------------------------------------------------------------- switches ---- */

/* All contexts switch from this one place, as tasks do. */
static __attribute__((noinline, noclone)) void pass_on(struct coil__coro *me,
                                                       struct coil__coro *next)
{
    while (left-- > 0)
        coil__coro_switch(me, next);
}

static struct coil__coro *member(void *arg)
{
    long i = (long)arg;
    pass_on(&ring[i], &ring[(i + 1) % contexts]);
    return &here; /* the first one that sees the end; the others stay where they are */
}

static int yields(int n_contexts, long n)
{
    contexts = n_contexts;
    left = 3L * contexts; /* each has begun before it counts */
    for (long i = 0; i < contexts; i++) {
        struct coil__stack stack = stack_or_exit();
        coil__coro_prepare(&ring[i], stack.top, coil__stack_bottom(pool, stack), member, (void *)i);
    }
    left += n;
    struct bench_span span = bench_begin();
    coil__coro_switch(&here, &ring[0]);
    bench_end(span);
    return 0;
}

static struct coil__coro *empty(void *arg)
{
    (void)arg;
    return &here;
}

static int spawn(long n)
{
    struct coil__stack stack = stack_or_exit();
    struct bench_span span = bench_begin();
    for (long i = 0; i < n; i++) {
        coil__coro_prepare(&ring[0], stack.top, coil__stack_bottom(pool, stack), empty, NULL);
        coil__coro_switch(&here, &ring[0]);
    }
    bench_end(span);
    return 0;
}

/* So many contexts at once, each with a stack that it keeps; then each is run to its end; n in all. */
static int start_many(int at_once, long n)
{
    static struct coil__stack stacks[MAX_CONTEXTS];
    struct bench_span span = bench_begin();
    for (long round = 0; round < n / at_once; round++) {
        for (int i = 0; i < at_once; i++) {
            if (round == 0)
                stacks[i] = stack_or_exit();
            coil__coro_prepare(&ring[i], stacks[i].top, coil__stack_bottom(pool, stacks[i]), empty,
                               NULL);
        }
        for (int i = 0; i < at_once; i++)
            coil__coro_switch(&here, &ring[i]);
    }
    bench_end(span);
    return 0;
}

static struct coil__coro *stays(void *arg)
{
    coil__coro_switch(arg, &here);
    return &here;
}

/* n contexts, each with a stack that it has begun to use. */
static int parked(long n)
{
    if (n > MAX_CONTEXTS)
        return 2;
    double before = bench_resident_kib();
    struct bench_span span = bench_begin();
    for (long i = 0; i < n; i++) {
        struct coil__stack stack = stack_or_exit();
        coil__coro_prepare(&ring[i], stack.top, coil__stack_bottom(pool, stack), stays, &ring[i]);
        coil__coro_switch(&here, &ring[i]);
    }
    bench_end(span);
    printf("{\"kib\": %.0f}\n", bench_resident_kib() - before);
    return 0;
}

/* ---------------------------------------------------------------- timers ---- */

static double *heap; /* deadlines; the children of i are 4 i + 1 ... 4 i + 4 */
static long in_heap;

static void push(double when)
{
    long i = in_heap++;
    for (; i > 0 && heap[(i - 1) / 4] > when; i = (i - 1) / 4)
        heap[i] = heap[(i - 1) / 4];
    heap[i] = when;
}

static void pop(void)
{
    double last = heap[--in_heap];
    long i = 0;
    for (;;) {
        long best = 4 * i + 1, end = best + 4 < in_heap ? best + 4 : in_heap;
        for (long child = best + 1; child < end; child++)
            if (heap[child] < heap[best])
                best = child;
        if (best >= in_heap || heap[best] >= last)
            break;
        heap[i] = heap[best];
        i = best;
    }
    heap[i] = last;
}

static void sleep_until(double when)
{
    struct timespec ts = {.tv_sec = (time_t)when};
    ts.tv_nsec = (long)((when - (double)ts.tv_sec) * 1e9) + 1;
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) != 0)
        continue;
}

static int timers(long n, double grain)
{
    unsigned long long state = 88172645463325252ull; /* xorshift64: the same delays each time */
    heap = malloc((size_t)n * sizeof *heap);
    if (!heap)
        return 1;
    memset(heap, 1, (size_t)n * sizeof *heap); /* its pages are there */
    struct bench_span span = bench_begin();
    double start = bench_now();
    for (long i = 0; i < n; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        double delay = (double)(state >> 11) / (double)(1ull << 53);
        push(start + (grain > 0 ? grain * (double)(long)(delay / grain) : delay));
    }
    while (in_heap > 0) {
        double now = bench_now();
        while (in_heap > 0 && heap[0] <= now)
            pop();
        if (in_heap > 0)
            sleep_until(heap[0]);
    }
    bench_end(span);
    free(heap);
    return 0;
}

int main(int argc, char **argv)
{
    long n = argc == 3 ? atol(argv[2]) : 0;
    if (n < 1)
        return 2;
    const char *what = argv[1];
    int at_once;
    if (sscanf(what, "yield among %d tasks", &at_once) == 1)
        return at_once < 1 || at_once > MAX_CONTEXTS ? 2 : yields(at_once, n);
    if (sscanf(what, "start %d tasks, join them", &at_once) == 1)
        return at_once < 1 || at_once > MAX_CONTEXTS ? 2 : start_many(at_once, n);
    if (strcmp(what, "yield, 2 tasks") == 0)
        return yields(2, n);
    if (strcmp(what, "yield, 1,000 tasks") == 0)
        return yields(1000, n);
    if (strcmp(what, "yield, 10,000 tasks") == 0)
        return yields(10000, n);
    if (strcmp(what, "start and join a task") == 0)
        return spawn(n);
    if (strcmp(what, "parked") == 0)
        return parked(n);
    if (strcmp(what, "timer, exact") == 0)
        return timers(n, 0);
    return strcmp(what, "timer, grain of 1 ms") == 0 ? timers(n, 0.001) : BENCH_LACKS;
}

/* bench/scheduling.c: what it costs to switch, to yield, to start and join a task, and to ask a generator. The limit is the bare register switch
 * between two contexts with nothing in between.
 */
#include "bench.h"
#include "coil.h"
#include "coro/coro.h"

/* ---------------------------------------------------------------- the limit ---- */

static struct coil__coro here, there;

static int left;

/* Both contexts switch from this one place, as tasks do. */
static __attribute__((noinline, noclone)) void swap_until_done(struct coil__coro *me,
                                                               struct coil__coro *other)
{
    while (left-- > 0)
        coil__coro_switch(me, other);
}

static struct coil__coro *bounce(void *arg)
{
    (void)arg;
    swap_until_done(&there, &here);
    return &here;
}

/* The best of several stacks: where two stacks happen to lie relative to each other (their low address bits) doubles the time of
 * a switch on some processors, and the limit is the limit. */
static void bare_switch(void)
{
    enum { N = 4000000, STACKS = 8 };
    struct coil__stack_pool *pool;
    struct coil__stack stack;
    double best = 1e9;
    if (coil__stack_pool_new(256 * 1024, COIL__GUARD_AUTO, &pool) < 0)
        exit(1);
    for (int s = 0; s < STACKS; s++) {
        if (coil__stack_get(pool, &stack) < 0)
            exit(1);
        coil__coro_prepare(&there, stack.top, coil__stack_bottom(pool, stack), bounce, NULL);
        double t0 = bench_now();
        left = N;
        swap_until_done(&here, &there);
        double ns = (bench_now() - t0) * 1e9 / N;
        best = ns < best ? ns : best;
    }
    bench_print("bare switch", best, "ns");
}

/* ---------------------------------------------------------------- yields ---- */

COIL_ASYNC(yielder, (int, rounds))
{
    int err = 0;
    for (int i = 0; i < rounds && err >= 0; i++)
        err = coil_yield_now();
    return err;
}

COIL_ASYNC(yields, (int, n_tasks), (int, total))
{
    int rounds = total / n_tasks, err = 0;
    coil_task **tasks = calloc((size_t)n_tasks, sizeof(coil_task *));
    for (int i = 0; i < n_tasks; i++)
        tasks[i] = coil_create_task(yielder(rounds));
    err = coil_yield_now();
    double t0 = bench_now();
    for (int i = 0; i < n_tasks && err >= 0; i++)
        err = coil_await(tasks[i]);
    char name[64];
    snprintf(name, sizeof name, "yield, %d tasks", n_tasks);
    bench_print(name, (bench_now() - t0) * 1e9 / ((double)rounds * n_tasks), "ns");
    free(tasks);
    return err;
}

/* ---------------------------------------------------------------- tasks ---- */

COIL_ASYNC(nothing)
{
    return 0;
}

COIL_ASYNC(spawn_and_join, (int, n))
{
    int err = 0;
    for (int i = 0; i < 1000 && err >= 0; i++)
        err = coil_await(coil_create_task(nothing()));
    double t0 = bench_now();
    for (int i = 0; i < n && err >= 0; i++)
        err = coil_await(coil_create_task(nothing()));
    bench_print("create_task + run + await", (bench_now() - t0) * 1e9 / n, "ns");
    return err;
}

/* ---------------------------------------------------------------- generators ---- */

COIL_ASYNC(count, (long, n))
{
    int err = 0;
    for (long i = 0; i < n && err >= 0; i++)
        err = coil_generator_yield(&i, NULL);
    return err;
}

/* A step is two switches, there and back. */
COIL_ASYNC(generator_next, (int, n))
{
    long v, sum = 0;
    COIL_GENERATOR(g, count(n), sizeof v);
    int err;
    double t0 = bench_now();
    COIL_ASYNC_FOR(err, coil_generator_next(g, &v))
    sum += v;
    bench_print("generator next", (bench_now() - t0) * 1e9 / n, "ns");
    return err < 0 ? err : sum < 0;
}

COIL_ASYNC(everything)
{
    int err = yields(2, 10000000);
    if (err >= 0)
        err = yields(1000, 10000000);
    if (err >= 0)
        err = yields(10000, 10000000);
    if (err >= 0)
        err = spawn_and_join(2000000);
    if (err >= 0)
        err = generator_next(5000000);
    return err;
}

int main(void)
{
    bare_switch();
    return coil_run(everything()) < 0;
}

/* bench/offload.c: an empty job in another thread or process, there and back, one after the other; and jobs of computing, one or two at a
 * time on two workers. `offload WHAT N`.
 */
#include <string.h>

#include "own.h"

COIL_ASYNC(nothing)
{
    return 0;
}

struct number {
    long n;
};
COIL_REMOTE(increment, (struct number, in), (struct number, out))
{
    out->n = in->n + 1;
    return 0;
}

/* So much work, in rounds of a multiplication. */
COIL_REMOTE(compute, (struct number, in), (struct number, out))
{
    unsigned long x = 1;
    for (long i = 0; i < in->n; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        __asm__ volatile("" : "+r"(x));
    }
    out->n = (long)(x >> 1);
    return 0;
}

COIL_ASYNC(in_threads, (long, n))
{
    int err = coil_to_thread(nothing());
    struct own_span span = own_begin();
    for (long i = 0; i < n && err >= 0; i++)
        err = coil_to_thread(nothing());
    own_end(span);
    return err;
}

COIL_ASYNC(empty_jobs, (coil_pool *, pool), (long, n))
{
    struct number in = {1}, out;
    int err = coil_pool_run(pool, increment(&in, &out));
    struct own_span span = own_begin();
    for (long i = 0; i < n && err >= 0; i++)
        err = coil_pool_run(pool, increment(&in, &out));
    own_end(span);
    return err;
}

/* n jobs, each of 100,000,000 multiplications; the workers have started before it counts. */
COIL_ASYNC(long_jobs, (coil_pool *, pool), (int, at_once), (long, n))
{
    struct number in = {1}, out, other, work = {100000000};
    int err = coil_gather(coil_pool_run(pool, increment(&in, &out)),
                          coil_pool_run(pool, increment(&in, &other)));
    struct own_span span = own_begin();
    for (long i = 0; i < n && err >= 0; i++)
        err = at_once == 1 ? coil_pool_run(pool, compute(&work, &out))
                           : coil_gather(coil_pool_run(pool, compute(&work, &out)),
                                         coil_pool_run(pool, compute(&work, &other)));
    own_end(span);
    return err;
}

COIL_ASYNC(in_processes, (const char *, what), (long, n))
{
    coil_pool *pool;
    int err = coil_process_pool_new(2, &pool);
    if (err < 0)
        return err;
    err = strcmp(what, "process") == 0   ? empty_jobs(pool, n)
          : strcmp(what, "one job") == 0 ? long_jobs(pool, 1, n)
                                         : long_jobs(pool, 2, n);
    coil_pool_free(pool);
    return err;
}

COIL_ASYNC(perform, (const char *, what), (long, n))
{
    if (strcmp(what, "thread") == 0)
        return in_threads(n);
    if (strcmp(what, "process") == 0 || strcmp(what, "one job") == 0 ||
        strcmp(what, "two jobs") == 0)
        return in_processes(what, n);
    return BENCH_LACKS;
}

int main(int argc, char **argv)
{
    long n = argc == 3 ? atol(argv[2]) : 0;
    if (n < 1)
        return 2;
    int err = coil_run(perform(argv[1], n));
    if (err < 0)
        fprintf(stderr, "offload: %s\n", coil_error_message(err));
    return err < 0 ? 1 : err;
}

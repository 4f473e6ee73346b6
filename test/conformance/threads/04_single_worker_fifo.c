/* A pool with one worker runs jobs one at a time in order of submission. */
#include <stdio.h>
#include <time.h>

#include "coil.h"

COIL_ASYNC(job, (int, n), (int, ret, out))
{
    nanosleep(&(struct timespec){0, 20000000}, NULL);
    printf("job %d\n", n);
    *ret = n;
    return 0;
}

COIL_ASYNC(amain)
{
    coil_pool *pool;
    int err = coil_thread_pool_new(1, &pool);
    if (err < 0)
        return err;
    int a, b, c;
    coil_future *f[3] = {coil_run_in_executor(pool, job(2, &a)),
                         coil_run_in_executor(pool, job(0, &b)),
                         coil_run_in_executor(pool, job(1, &c))};
    err = coil_gather(coil_future_await(f[0], NULL), coil_future_await(f[1], NULL),
                      coil_future_await(f[2], NULL));
    if (err >= 0)
        printf("%d %d %d\n", a, b, c);
    for (int i = 0; i < 3; i++)
        coil_future_unref(f[i]);
    coil_pool_free(pool);
    return err;
}

COIL_MAIN(amain())

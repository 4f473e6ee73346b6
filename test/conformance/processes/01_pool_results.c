/* CPU work in a process pool; results come in argument order. */
#include <stdio.h>

#include "coil.h"

COIL_REMOTE(cube_sum, (int, n), (long, sum))
{
    *sum = 0;
    for (long i = 0; i < *n; i++)
        *sum += i * i * i;
    return 0;
}

COIL_ASYNC(amain)
{
    coil_pool *pool;
    int err = coil_process_pool_new(2, &pool);
    if (err < 0)
        return err;
    int n[3] = {10, 100, 5};
    long sum[3];
    coil_future *f[3];
    for (int i = 0; i < 3; i++)
        f[i] = coil_run_in_executor(pool, cube_sum(&n[i], &sum[i]));
    err = coil_gather(coil_future_await(f[0], NULL), coil_future_await(f[1], NULL),
                      coil_future_await(f[2], NULL));
    if (err >= 0)
        printf("%ld %ld %ld\n", sum[0], sum[1], sum[2]);
    for (int i = 0; i < 3; i++)
        coil_future_unref(f[i]);
    coil_pool_free(pool);
    return err;
}

COIL_MAIN(amain())

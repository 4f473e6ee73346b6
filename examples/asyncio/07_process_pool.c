/* A process pool: computing on every CPU, in processes of their own. A COIL_REMOTE function takes plain data and gives plain
 * data, which travel by copy. */
#include <coil.h>
#include <stdio.h>

struct range {
    int from, to;
};

COIL_REMOTE(count_primes, (struct range, in), (int, ret_count))
{
    *ret_count = 0;
    for (int n = in->from < 2 ? 2 : in->from; n < in->to; n++) {
        int divisor = 2;
        while (divisor * divisor <= n && n % divisor != 0)
            divisor++;
        *ret_count += divisor * divisor > n;
    }
    return 0;
}

COIL_ASYNC(with_processes)
{
    enum { PARTS = 4, SIZE = 10000 };
    struct range ranges[PARTS];
    coil_call calls[PARTS];
    int counts[PARTS], total = 0;
    coil_pool *pool;
    int err = coil_process_pool_new(2, &pool);
    if (err < 0)
        return err;
    for (int i = 0; i < PARTS; i++) {
        ranges[i] = (struct range){i * SIZE, (i + 1) * SIZE};
        calls[i] = COIL_CALL(coil_pool_run(pool, count_primes(&ranges[i], &counts[i])));
    }
    err = coil_gather_n(calls, PARTS, NULL);
    if (err < 0)
        goto out;
    for (int i = 0; i < PARTS; i++) {
        printf("%d..%d: %d primes\n", ranges[i].from, ranges[i].to, counts[i]);
        total += counts[i];
    }
    printf("Together: %d\n", total);
    err = coil_pool_shutdown(pool);
out:
    coil_pool_free(pool);
    return err;
}

COIL_MAIN(with_processes())

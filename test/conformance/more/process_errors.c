/* a process pool: an error travels with its message; results in order of the arguments; a cancelled future; the pool goes on after an error; a limit around a job */
#include "said.h"

COIL_REMOTE(square, (int, in), (int, out))
{
    if (*in < 0)
        return coil_fail(-EINVAL, "negative: %d", *in);
    *out = *in * *in;
    return 0;
}

COIL_REMOTE(slow, (int, in), (int, out))
{
    usleep((unsigned)*in * 10000);
    *out = *in;
    return 0;
}

static coil_pool *pool;

COIL_ASYNC(amain)
{
    static const int in[] = {0, 1, 2, 3, 4, -3, 7, -1, 8, 3, 1, 10, 9};
    int v[13] = {0};
    MUST(coil_gather(
        coil_pool_run(pool, square(&in[0], &v[0])), coil_pool_run(pool, square(&in[1], &v[1])),
        coil_pool_run(pool, square(&in[2], &v[2])), coil_pool_run(pool, square(&in[3], &v[3])),
        coil_pool_run(pool, square(&in[4], &v[4]))));
    printf("[%d, %d, %d, %d, %d]\n", v[0], v[1], v[2], v[3], v[4]);
    int err = coil_pool_run(pool, square(&in[5], &v[5]));
    printf("%s %s\n", said(err), coil_error_message(err));
    err = coil_gather(coil_pool_run(pool, square(&in[6], &v[6])),
                      coil_pool_run(pool, square(&in[7], &v[7])),
                      coil_pool_run(pool, square(&in[8], &v[8])));
    const coil_error *cause;
    if (coil_error_causes(err, &cause, 1) == 1)
        printf("[%d, ValueError('%s'), %d]\n", v[6], cause->message, v[8]);
    coil_future *f = coil_run_in_executor(pool, slow(&in[9], &v[9]));
    coil_future *g = coil_run_in_executor(pool, slow(&in[10], &v[10]));
    MUST(coil_future_await(f, NULL));
    MUST(coil_future_await(g, NULL));
    printf("[%d, %d]\n", v[9], v[10]);
    coil_future_unref(f);
    coil_future_unref(g);
    f = coil_run_in_executor(pool, slow(&in[11], &v[11]));
    printf("%s\n", said(coil_wait_for(coil_future_await(f, NULL), 0.02)));
    coil_future_unref(f);
    MUST(coil_pool_run(pool, square(&in[12], &v[12])));
    printf("%d\n", v[12]);
    return 0;
}

int main(void)
{
    MUST(coil_process_pool_new(2, &pool));
    int err = coil_run(amain());
    coil_pool_free(pool);
    return err < 0;
}

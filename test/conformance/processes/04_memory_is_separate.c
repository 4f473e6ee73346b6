/* A worker process has its own memory: changes there are not seen here. */
#include <stdio.h>
#include <unistd.h>

#include "coil.h"

static int counter;

struct bumped {
    int counter;
    pid_t pid;
};

COIL_REMOTE(bump, (int, by), (struct bumped, out))
{
    counter += *by;
    *out = (struct bumped){counter, getpid()};
    return 0;
}

COIL_ASYNC(amain)
{
    coil_pool *pool;
    int err = coil_process_pool_new(1, &pool);
    if (err < 0)
        return err;
    int one = 1;
    struct bumped a, b;
    err = coil_pool_run(pool, bump(&one, &a));
    if (err >= 0)
        err = coil_pool_run(pool, bump(&one, &b));
    if (err >= 0) {
        printf("in worker %d %d same worker: %d other process: %d\n", a.counter, b.counter,
               a.pid == b.pid, a.pid != getpid());
        printf("here %d\n", counter);
    }
    coil_pool_free(pool);
    return err;
}

COIL_MAIN(amain())

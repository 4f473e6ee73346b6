/* With COIL_POOL_BREAK_ON_CRASH a worker that dies breaks the pool: its job and later submissions fail. */
#include <stdio.h>
#include <unistd.h>

#include "coil.h"

COIL_REMOTE(leave, (int, status), (int, unused))
{
    (void)unused;
    _exit(*status);
}

COIL_REMOTE(same, (int, in), (int, out))
{
    *out = *in;
    return 0;
}

COIL_ASYNC(amain)
{
    coil_pool *pool;
    int err = coil_process_pool_new_with(1, COIL_POOL_BREAK_ON_CRASH, &pool);
    if (err < 0)
        return err;
    int n = 3, out;
    if (coil_pool_run(pool, leave(&n, &out)) == -COIL_EBROKENPOOL)
        printf("job: BrokenProcessPool\n");
    if (coil_pool_run(pool, same(&n, &out)) == -COIL_EBROKENPOOL)
        printf("later: BrokenProcessPool\n");
    coil_pool_free(pool);
    return 0;
}

COIL_MAIN(amain())

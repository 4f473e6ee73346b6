/* The loop ticks while worker processes compute. */
#include <stdio.h>
#include <time.h>

#include "coil.h"

struct word {
    char text[16];
};

COIL_REMOTE(busy, (int, ms), (struct word, out))
{
    nanosleep(&(struct timespec){0, *ms * 1000000L}, NULL);
    *out = (struct word){"computed"};
    return 0;
}

COIL_ASYNC(amain)
{
    coil_pool *pool;
    int err = coil_process_pool_new(1, &pool);
    if (err < 0)
        return err;
    int none = 0, long_ms = 300;
    struct word word;
    err = coil_pool_run(pool, busy(&none, &word));
    coil_future *f = coil_run_in_executor(pool, busy(&long_ms, &word));
    for (int i = 0; i < 2 && err >= 0; i++) {
        err = coil_sleep(0.06);
        printf("tick %d done %d\n", i, coil_future_done(f));
    }
    if (err >= 0)
        err = coil_future_await(f, NULL);
    if (err >= 0)
        printf("%s\n", word.text);
    coil_future_unref(f);
    coil_pool_free(pool);
    return err;
}

COIL_MAIN(amain())

/* executor: queued jobs cancelled in a pool of one, the order of the others; results of done futures; to_thread carries context, run_in_executor does not; an error */
#include <pthread.h>

#include "said.h"

static coil_context_var var = COIL_CONTEXT_VAR_DEFAULT("var", "none");
static int ran[16], n_ran;
static pthread_mutex_t ran_lock = PTHREAD_MUTEX_INITIALIZER;

COIL_ASYNC(job, (int, n), (unsigned, us), (int, ret, out))
{
    usleep(us);
    pthread_mutex_lock(&ran_lock);
    ran[n_ran++] = n;
    pthread_mutex_unlock(&ran_lock);
    *ret = n;
    return 0;
}

COIL_ASYNC(see, (const char *, ret, out))
{
    *ret = coil_context_var_get(&var);
    return 0;
}

COIL_ASYNC(fails)
{
    return coil_fail(-EINVAL, "in the job");
}

COIL_ASYNC(thread_of, (pthread_t, ret, out))
{
    *ret = pthread_self();
    return 0;
}

static int one_worker(coil_pool *pool)
{
    coil_future *f[4];
    int v[4];
    for (int i = 0; i < 4; i++)
        f[i] = coil_run_in_executor(pool, job(i, 30000, &v[i]));
    MUST(coil_sleep(0.01));
    int first = coil_future_cancel(f[0]), third = coil_future_cancel(f[2]);
    printf("[%d, %d] [%d, %d, %d, %d]\n", first, third, coil_future_done(f[0]),
           coil_future_done(f[1]), coil_future_done(f[2]), coil_future_done(f[3]));
    for (int i = 0; i < 4; i++) {
        if (coil_future_await(f[i], NULL) == -ECANCELED)
            printf("cancelled\n");
        else
            printf("result %d\n", v[i]);
        coil_future_unref(f[i]);
    }
    MUST(coil_sleep(0.01));
    printf("ran [");
    for (int i = 0; i < n_ran; i++)
        printf("%s%d", i ? ", " : "", ran[i]);
    printf("]\n");
    coil_future *e = coil_run_in_executor(pool, fails());
    int err = coil_future_await(e, NULL);
    printf("%s %s %d %d\n", said(err), coil_error_message(err), coil_future_done(e),
           coil_future_cancelled(e));
    coil_future_unref(e);
    return coil_pool_shutdown(pool);
}

COIL_ASYNC(amain)
{
    coil_pool *pool;
    const char *a = "?", *b = "?";
    int x, y;
    pthread_t other;
    MUST(coil_thread_pool_new(1, &pool));
    MUST(one_worker(pool));
    coil_pool_free(pool);
    MUST(coil_context_var_set(&var, "main"));
    MUST(coil_to_thread(see(&a)));
    coil_future *f = coil_run_in_executor(NULL, see(&b));
    MUST(coil_future_await(f, NULL));
    coil_future_unref(f);
    printf("%s %s\n", a, b);
    MUST(coil_gather(coil_to_thread(job(10, 20000, &x)), coil_to_thread(job(11, 0, &y))));
    printf("[%d, %d]\n", x, y);
    MUST(coil_to_thread(thread_of(&other)));
    printf("%d\n", !pthread_equal(other, pthread_self()));
    return 0;
}
COIL_MAIN(amain())

/* run_in_executor: a job in a thread pool of one's own, as a future. A pool of one thread does the jobs one by one, in order. */
#include <coil.h>
#include <stdio.h>

static int append(int *log, int *n, int value)
{
    log[(*n)++] = value; /* one thread: no two at the same time */
    return value * value;
}
COIL_CALLABLE(append, int *, int *, int);

COIL_ASYNC(with_executor)
{
    coil_future *jobs[3];
    int log[3], n = 0, started = 0;
    coil_pool *pool;
    int err = coil_thread_pool_new(1, &pool);
    if (err < 0)
        return err;
    for (int i = 0; i < 3 && err >= 0; i++) {
        jobs[i] = coil_run_in_executor(pool, append(log, &n, i + 5));
        if (jobs[i])
            started++;
        else
            err = coil_fail(-ENOMEM, "no job");
    }
    for (int i = 0; i < started && err >= 0; i++) {
        err = coil_future_await(jobs[i], NULL);
        if (err >= 0)
            printf("Job %d gave %d\n", i, err);
    }
    int closed = coil_pool_shutdown(pool); /* waits for jobs that nobody awaited */
    if (err >= 0)
        err = closed;
    if (err >= 0)
        printf("In order: %d %d %d\n", log[0], log[1], log[2]);
    for (int i = 0; i < started; i++)
        coil_future_unref(jobs[i]);
    coil_pool_free(pool);
    return err;
}

COIL_MAIN(with_executor())

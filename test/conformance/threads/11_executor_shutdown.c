/* After the default pool was shut down new jobs are refused; jobs submitted before have finished. */
#include <stdio.h>
#include <time.h>

#include "coil.h"

COIL_ASYNC(job, (int, n))
{
    nanosleep(&(struct timespec){0, 40000000}, NULL);
    printf("job %d ends\n", n);
    return 0;
}

COIL_ASYNC(amain)
{
    coil_future *f = coil_run_in_executor(NULL, job(1));
    int err = coil_loop_shutdown_default_executor();
    if (err < 0)
        return err;
    printf("shut down, job done in thread\n");
    err = coil_future_await(f, NULL);
    coil_future_unref(f);
    f = coil_run_in_executor(NULL, job(2));
    if (coil_future_await(f, NULL) == -COIL_EPOOLSHUTDOWN)
        printf("RuntimeError\n");
    coil_future_unref(f);
    return err;
}

COIL_MAIN(amain())

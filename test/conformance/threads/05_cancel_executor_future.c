/* Cancelling drops a job still queued; a running job goes on, only its awaiter is freed. */
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "coil.h"

static sem_t started;
static const char *_Atomic done[2];
static atomic_int n_done;

COIL_ASYNC(job, (const char *, name))
{
    sem_post(&started);
    nanosleep(&(struct timespec){0, 100000000}, NULL);
    done[atomic_fetch_add(&n_done, 1)] = name;
    return 0;
}

static void print_log(const char *head)
{
    printf("%s", head);
    for (int i = 0; i < atomic_load(&n_done); i++)
        printf(" %s", done[i]);
    printf("\n");
}

COIL_ASYNC(amain)
{
    sem_init(&started, 0, 0);
    coil_pool *pool;
    int err = coil_thread_pool_new(1, &pool);
    if (err < 0)
        return err;
    coil_future *f[2] = {coil_run_in_executor(pool, job("running")),
                         coil_run_in_executor(pool, job("queued"))};
    while (err >= 0 && sem_trywait(&started) < 0)
        err = coil_sleep(0.01);
    coil_future_cancel(f[0]);
    coil_future_cancel(f[1]);
    for (int i = 0; i < 2; i++) {
        if (coil_future_await(f[i], NULL) == -ECANCELED)
            print_log(i ? "b CancelledError, log" : "a CancelledError, log");
        coil_future_unref(f[i]);
    }
    if (err >= 0)
        err = coil_sleep(0.2);
    coil_pool_free(pool);
    print_log("ran in the end:");
    return err;
}

COIL_MAIN(amain())

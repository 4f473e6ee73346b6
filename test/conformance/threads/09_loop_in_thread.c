/* A loop runs in another thread and is stopped from outside. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

#include "coil.h"

static coil_loop *loop;
static sem_t ready;
static int closed;

static void *runner(void *arg)
{
    (void)arg;
    int err = coil_loop_new(NULL, &loop);
    sem_post(&ready);
    if (err < 0)
        return NULL;
    coil_loop_run_forever(loop);
    closed = coil_loop_close(loop) == 0;
    printf("loop thread ends\n");
    return NULL;
}

COIL_ASYNC(work, (int, x), (int, ret, out))
{
    int err = coil_sleep(0.02);
    *ret = x * 2;
    return err;
}

static int stop(void *arg)
{
    coil_loop_stop(arg);
    return 0;
}

int main(void)
{
    sem_init(&ready, 0, 0);
    pthread_t t;
    if (pthread_create(&t, NULL, runner, NULL))
        return 1;
    while (sem_wait(&ready) < 0)
        continue;
    int x[3], failed = 0;
    coil_thread_future *fs[3];
    for (int i = 0; i < 3; i++)
        fs[i] = coil_run_coroutine_threadsafe(loop, work(i, &x[i]));
    for (int i = 0; i < 3; i++) {
        failed |= coil_thread_future_wait(fs[i], COIL_FOREVER) < 0;
        coil_thread_future_free(fs[i]);
    }
    if (!failed)
        printf("%d %d %d\n", x[0], x[1], x[2]);
    coil_call_soon_threadsafe(loop, stop, loop);
    pthread_join(t, NULL);
    printf("closed %d\n", closed);
    return failed;
}

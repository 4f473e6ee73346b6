/* call_soon_threadsafe wakes the loop; calls from one thread keep their order. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

#include "coil.h"

static coil_loop *loop;
static coil_future *f;

static int say(void *arg)
{
    printf("from thread %d\n", (int)(intptr_t)arg);
    return 0;
}

static int settle(void *arg)
{
    return coil_future_set_result(f, arg);
}

static void *thread(void *arg)
{
    for (int i = 0; i < 3; i++)
        coil_call_soon_threadsafe(loop, say, (void *)(intptr_t)i);
    coil_call_soon_threadsafe(loop, settle, arg);
    return NULL;
}

COIL_ASYNC(amain)
{
    static char done[] = "done";
    loop = coil_loop_running();
    f = coil_future_new();
    pthread_t t;
    if (pthread_create(&t, NULL, thread, done))
        return -EAGAIN;
    printf("main waits\n");
    void *value;
    int err = coil_future_await(f, &value);
    if (err >= 0)
        printf("%s\n", (const char *)value);
    pthread_join(t, NULL);
    coil_future_unref(f);
    return err;
}

COIL_MAIN(amain())

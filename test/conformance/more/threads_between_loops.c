/* A coroutine in another thread's loop: its result, its error, its cancellation from here and from there, and a loop that stops. */
#include <pthread.h>
#include <semaphore.h>

#include "said.h"

static coil_loop *loop, *home;
static sem_t ready, begun;

static void *run_loop(void *arg)
{
    int err = coil_loop_new(NULL, &loop);
    sem_post(&ready);
    if (err < 0)
        return arg;
    coil_loop_run_forever(loop);
    printf("stopped %d %d\n", coil_loop_is_running(loop), coil_loop_is_closed(loop));
    coil_loop_close(loop);
    return arg;
}

static COIL_ASYNC(add, (int, a), (int, b), (int, ret, out))
{
    MUST(coil_sleep(0.001));
    *ret = a + b;
    return 0;
}

static COIL_ASYNC(fail)
{
    MUST(coil_yield_now());
    return coil_fail(-EINVAL, "not there");
}

static COIL_ASYNC(stubborn)
{
    sem_post(&begun);
    int err = coil_sleep(10);
    if (err == -ECANCELED) {
        printf("there: cancelled\n");
        MUST(coil_sleep(0.001));
        printf("there: cleaned up\n");
    }
    return err;
}

static COIL_ASYNC(gives_up)
{
    coil_task_cancel(coil_current_task());
    return coil_yield_now();
}

static COIL_ASYNC(back, (int, ret, out))
{
    int n = 0;
    MUST(coil_to_loop(home, add(10, 20, &n)));
    *ret = n + 1;
    return 0;
}

static int stop(void *arg)
{
    (void)arg;
    coil_loop_stop(loop);
    return 0;
}

static COIL_ASYNC(join, (pthread_t, t))
{
    return -pthread_join(t, NULL);
}

COIL_ASYNC(amain)
{
    int a = 0, b = 0, c = 0;
    pthread_t t;
    home = coil_loop_running();
    MUST(-pthread_create(&t, NULL, run_loop, NULL));
    sem_wait(&ready);
    MUST(coil_to_loop(loop, add(1, 2, &a)));
    printf("%d\n", a);
    int err = coil_to_loop(loop, fail());
    printf("%s %s\n", said(err), coil_error_message(err));
    MUST(coil_gather(coil_to_loop(loop, add(1, 1, &a)), coil_to_loop(loop, add(2, 2, &b)),
                     coil_to_loop(loop, add(3, 3, &c))));
    printf("[%d, %d, %d]\n", a, b, c);
    MUST(coil_to_loop(loop, back(&a)));
    printf("%d\n", a);
    printf("here: %s\n", said(coil_to_loop(loop, gives_up())));
    coil_thread_future *f = coil_run_coroutine_threadsafe(loop, stubborn());
    sem_wait(&begun);
    int first = coil_thread_future_cancel(f), is = coil_thread_future_cancelled(f);
    int again = coil_thread_future_cancel(f);
    coil_thread_future_free(f);
    MUST(coil_sleep(0.05));
    printf("cancel %d %d %d\n", first, is, again);
    MUST(coil_to_loop(loop, add(4, 4, &a)));
    printf("%d\n", a);
    MUST(coil_call_soon_threadsafe(loop, stop, NULL));
    MUST(coil_to_thread(join(t)));
    printf("closed %d\n", coil_loop_is_closed(loop));
    if (!coil_run_coroutine_threadsafe(loop, add(1, 1, &a)))
        printf("closed: RuntimeError\n");
    return 0;
}

int main(void)
{
    sem_init(&ready, 0, 0);
    sem_init(&begun, 0, 0);
    return coil__public_main_status(coil_run(amain()));
}

/* From another thread into the loop: run_coroutine_threadsafe gives that thread a future that it can block on. */
#include <coil.h>
#include <stdio.h>

COIL_ASYNC(add, (int, a), (int, b), (int, sum, out))
{
    int err = coil_sleep(0.05); /* in the loop, while the thread waits */
    if (err < 0)
        return err;
    *sum = a + b;
    return 0;
}

/* runs in a thread of the pool */
static int ask_the_loop(coil_loop *loop, int *ret_sum)
{
    coil_thread_future *future = coil_run_coroutine_threadsafe(loop, add(3, 4, ret_sum));
    if (!future)
        return -ENOMEM;
    int err = coil_thread_future_wait(future, COIL_FOREVER);
    coil_thread_future_free(future);
    return err;
}
COIL_CALLABLE(ask_the_loop, coil_loop *, int *);

COIL_ASYNC(threadsafe)
{
    int sum;
    int err = coil_to_thread(ask_the_loop(coil_loop_running(), &sum));
    if (err >= 0)
        printf("The thread got %d\n", sum);
    return err;
}

COIL_MAIN(threadsafe())

/* run_coroutine_threadsafe from a thread: value, error, time-out and cancel; from a closed loop; to_thread's error; wrap_future cancelled from here */
#include "said.h"

COIL_ASYNC(value, (int, n), (double, seconds))
{
    int err = coil_sleep(seconds);
    if (err == -ECANCELED) {
        coil_ignore(coil_sleep(0.1)); /* the thread's line comes first */
        printf("coroutine cancelled %d\n", n);
    }
    if (err < 0)
        return err;
    return n < 0 ? coil_fail(-EINVAL, "negative") : n;
}

COIL_ASYNC(in_thread, (coil_loop *, loop), (const char *, ret, out))
{
    coil_thread_future *f = coil_run_coroutine_threadsafe(loop, value(1, 0));
    printf("value %d\n", coil_thread_future_wait(f, 5));
    coil_thread_future_free(f);
    f = coil_run_coroutine_threadsafe(loop, value(-1, 0));
    int err = coil_thread_future_wait(f, 5);
    printf("error %s\n", coil_error_message(err));
    coil_thread_future_free(f);
    f = coil_run_coroutine_threadsafe(loop, value(2, 5));
    if (coil_thread_future_wait(f, 0.02) == -ETIMEDOUT) {
        int done = coil_thread_future_done(f), taken = coil_thread_future_cancel(f);
        printf("timed out %d %d %d\n", done, taken, coil_thread_future_cancelled(f));
    }
    coil_thread_future_free(f);
    usleep(400000);
    *ret = "thread's value";
    return 0;
}

COIL_ASYNC(fails, (const char *, text))
{
    return coil_fail(-EINVAL, "%s", text);
}

static int set(void *f)
{
    return coil_thread_future_set_result(f, "set");
}

COIL_ASYNC(amain, (coil_loop *, ret, out))
{
    coil_loop *loop = coil_loop_running();
    const char *s;
    MUST(coil_to_thread(in_thread(loop, &s)));
    printf("%s\n", s);
    int err = coil_to_thread(fails("in the thread"));
    printf("%s %s\n", said(err), coil_error_message(err));
    for (int cancel_first = 0; cancel_first < 2; cancel_first++) {
        coil_thread_future *cf = coil_thread_future_new();
        coil_future *f = coil_wrap_future(cf);
        if (cancel_first) {
            coil_future_cancel(f);
            MUST(coil_sleep(0));
            printf("wrapped cancelled %d\n", coil_thread_future_cancelled(cf));
        } else {
            void *v;
            coil_call_later(0.01, set, cf);
            MUST(coil_future_await(f, &v));
            printf("wrapped %s\n", (char *)v);
        }
        coil_future_unref(f);
        coil_thread_future_free(cf);
    }
    *ret = loop;
    return 0;
}

int main(void)
{
    coil_loop *loop = NULL;
    MUST(coil_run(amain(&loop)));
    if (!coil_run_coroutine_threadsafe(loop, value(3, 0)))
        printf("closed: RuntimeError\n");
    return 0;
}

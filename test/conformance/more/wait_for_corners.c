/* wait_for: nested limits, limits of zero and less, a done task, a task that is being cancelled, an error beside the limit */
#include "said.h"

COIL_ASYNC(value, (int, n), (double, seconds), (int, ret, out))
{
    int err = coil_sleep(seconds);
    if (err == -ECANCELED)
        printf("value %d cancelled\n", n);
    if (err >= 0)
        *ret = n;
    return err;
}

static void attempt(const char *label, int err, int v)
{
    if (err < 0)
        printf("%s %s %d\n", label, said(err), coil_task_cancelling(coil_current_task()));
    else
        printf("%s %d\n", label, v);
}

COIL_ASYNC(cleanup_error)
{
    coil_ignore(coil_sleep(5));
    return coil_fail(-EINVAL, "cleanup");
}

COIL_ASYNC(amain)
{
    int v = -1;
    attempt("inner limit", coil_wait_for(coil_wait_for(value(1, 5, &v), 0.01), 5), v);
    attempt("outer limit", coil_wait_for(coil_wait_for(value(2, 5, &v), 5), 0.01), v);
    attempt("negative", coil_wait_for(value(3, 5, &v), -1), v);
    coil_task *t = coil_task_ref(coil_create_task(value(4, 0, &v)));
    MUST(coil_await(t));
    int err = coil_wait_for(coil_await(t), 0);
    attempt("done task", err, v);
    coil_task_unref(t);
    t = coil_task_ref(coil_create_task(value(5, 5, &v)));
    attempt("zero on a task", coil_wait_for(coil_await(t), 0), v);
    printf("cancelled %d\n", coil_task_cancelled(t));
    coil_task_unref(t);
    t = coil_create_task(value(6, 5, &v));
    MUST(coil_sleep(0));
    coil_task_cancel(t);
    attempt("cancelled task", coil_wait_for(coil_await(t), 1), v);
    attempt("error", coil_wait_for(cleanup_error(), 0.01), v);
    coil_future *f = coil_future_new();
    attempt("future", coil_wait_for(coil_future_await(f, NULL), 0.01), v);
    printf("future cancelled %d\n", coil_future_cancelled(f));
    coil_future_unref(f);
    return 0;
}
COIL_MAIN(amain())

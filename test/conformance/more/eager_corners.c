/* eager tasks: nested, cancelled by their first step, awaiting a done future, named, with callbacks; all_tasks in the first step; under a time limit */
#include "said.h"

COIL_ASYNC(leaf, (const char *, name), (const char *, ret, out))
{
    coil_task *t = coil_current_task(), *all[8];
    int n = coil_all_tasks(all, 8), in = 0;
    for (int i = 0; i < n; i++)
        in |= all[i] == t;
    printf("%s in %d %d\n", name, in, coil_task_done(t));
    *ret = name;
    return 0;
}

COIL_ASYNC(nested)
{
    const char *name;
    printf("nested begins\n");
    coil_task *t = coil_create_task(leaf("leaf of nested", &name));
    printf("nested sees %d\n", coil_task_done(t));
    MUST(coil_sleep(0));
    MUST(coil_await(t));
    printf("nested ends %s\n", name);
    return 0;
}

COIL_ASYNC(cancels_itself)
{
    coil_task_cancel(coil_current_task());
    printf("goes on\n");
    MUST(coil_sleep(0));
    printf("never\n");
    return 0;
}

COIL_ASYNC(waits, (coil_future *, f), (const char *, ret, out))
{
    void *value;
    MUST(coil_future_await(f, &value));
    printf("waits %s\n", (char *)value);
    *ret = "value";
    return 0;
}

static int callback(coil_task *t, void *arg)
{
    (void)arg;
    printf("callback %s %s\n", coil_task_name(t), coil_task_status(t) >= 0 ? "value" : "?");
    return 0;
}

static int later(void *f)
{
    return coil_future_set_result(f, "later");
}

COIL_ASYNC(amain)
{
    const char *s;
    MUST(coil_loop_set_eager(coil_loop_running(), 1));
    coil_task *t = coil_create_task(nested());
    printf("main goes on %d\n", coil_task_done(t));
    MUST(coil_await(t));
    t = coil_task_ref(coil_create_task(cancels_itself()));
    printf("not yet %d %d\n", coil_task_done(t), coil_task_cancelling(t));
    if (coil_await(t) == -ECANCELED)
        printf("cancelled %d\n", coil_task_cancelled(t));
    coil_task_unref(t);
    coil_future *f = coil_future_new();
    MUST(coil_future_set_result(f, "at once"));
    t = coil_create_task_named(waits(f, &s), "named");
    MUST(coil_task_add_done_callback(t, callback, NULL));
    printf("done %d\n", coil_task_done(t));
    MUST(coil_sleep(0));
    coil_task_unref(t);
    coil_future_unref(f);
    f = coil_future_new();
    t = coil_create_task(waits(f, &s));
    coil_call_soon(later, f);
    int err;
    COIL_TIMEOUT(tm, 0.01, err)
    {
        err = coil_await(t);
        if (err >= 0)
            err = coil_await(coil_create_task(coil_sleep(5)));
    }
    printf("%s\n", said(err));
    coil_future_unref(f);
    t = coil_task_ref(coil_create_task(leaf("last", &s)));
    coil_task_cancel(t);
    MUST(coil_await(t));
    printf("%s %d\n", s, coil_task_cancelled(t));
    coil_task_unref(t);
    return 0;
}
COIL_MAIN(amain())

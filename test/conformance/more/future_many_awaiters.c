/* a future with callbacks and several awaiters: order of all; cancelling one awaiter cancels it for all; settling errors; results of pending ones */
#include "said.h"

COIL_ASYNC(awaiter, (const char *, name), (coil_future *, f))
{
    void *value;
    int err = coil_future_await(f, &value);
    if (err == -ECANCELED)
        printf("%s cancelled %d\n", name, coil_task_cancelling(coil_current_task()));
    else if (err < 0)
        printf("%s %s %s\n", name, said(err), coil_error_message(err));
    else
        printf("%s got %s\n", name, (char *)value);
    return 0;
}

static int callback(coil_future *f, void *text)
{
    (void)f;
    printf("%s\n", (char *)text);
    return 0;
}

static int finish(coil_task **tasks, int n)
{
    int ndone;
    MUST(coil_wait(tasks, n, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
    for (int i = 0; i < n; i++)
        coil_task_unref(tasks[i]);
    return 0;
}

COIL_ASYNC(amain)
{
    static const char *const names[] = {"c", "d", "e", "f", "g"};
    coil_task *tasks[3];
    coil_future *f = coil_future_new();
    MUST(coil_future_add_done_callback(f, callback, "callback 1"));
    tasks[0] = coil_create_task(awaiter("a", f));
    tasks[1] = coil_create_task(awaiter("b", f));
    MUST(coil_sleep(0));
    MUST(coil_future_add_done_callback(f, callback, "callback 2"));
    for (int i = 0; i < 2; i++)
        printf("%s\n", said(coil_future_result(f, NULL)));
    MUST(coil_future_set_result(f, "value"));
    int done = coil_future_done(f);
    printf("set %d %d\n", done, coil_future_cancel(f));
    printf("%s\n", said(coil_future_set_error(f, coil_fail(-EINVAL, "no"))));
    MUST(finish(tasks, 2));
    coil_future_unref(f);

    f = coil_future_new();
    for (int i = 0; i < 3; i++)
        tasks[i] = coil_create_task(awaiter(names[i], f));
    MUST(coil_sleep(0));
    coil_task_cancel(tasks[1]);
    printf("cancelled at once %d\n", coil_future_cancelled(f));
    MUST(finish(tasks, 3));
    coil_future_unref(f);

    f = coil_future_new();
    for (int i = 0; i < 2; i++)
        tasks[i] = coil_create_task(awaiter(names[3 + i], f));
    MUST(coil_sleep(0));
    MUST(coil_future_set_error(f, coil_fail(-EINVAL, "broken")));
    coil_task_cancel(tasks[0]);
    MUST(finish(tasks, 2));
    int cancelled = coil_future_cancelled(f), err = coil_future_result(f, NULL);
    printf("%d %s\n", cancelled, coil_error_message(err));
    coil_future_unref(f);

    f = coil_future_new();
    coil_future_cancel_msg(f, "reason");
    err = coil_future_await(f, NULL);
    if (err == -ECANCELED)
        printf("cancelled future %s %d\n", coil_error_message(err),
               coil_task_cancelling(coil_current_task()));
    coil_future_unref(f);
    return 0;
}
COIL_MAIN(amain())

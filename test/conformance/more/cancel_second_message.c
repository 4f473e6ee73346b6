/* of several cancel() calls the first one's message reaches a waiting task, the last one's a task that did not start; uncancel in between */
#include "said.h"

COIL_ASYNC(child, (const char *, name))
{
    int err = coil_sleep(5);
    if (err != -ECANCELED)
        return err;
    printf("%s first %s\n", name, coil_error_message(err));
    int again = coil_sleep(0);
    if (again == -ECANCELED)
        printf("%s again %s\n", name, coil_error_message(again));
    else
        printf("%s went on\n", name);
    return err;
}

COIL_ASYNC(outcome, (const char *, name), (coil_task *, t))
{
    int err = coil_await(t);
    if (err == -ECANCELED)
        printf("%s outcome %s\n", name, coil_error_message(err));
    return 0;
}

COIL_ASYNC(amain)
{
    coil_task *a = coil_create_task(child("a"));
    MUST(coil_sleep(0));
    int first = coil_task_cancel_msg(a, "one");
    int second = coil_task_cancel_msg(a, "two");
    printf("%d %d %d\n", first, second, coil_task_cancelling(a));
    MUST(outcome("a", a));
    coil_task *b = coil_create_task(child("b"));
    first = coil_task_cancel_msg(b, "one");
    second = coil_task_cancel_msg(b, "two");
    printf("%d %d %d\n", first, second, coil_task_cancelling(b));
    MUST(outcome("b", b));
    coil_task *c = coil_create_task(child("c"));
    coil_task_cancel_msg(c, "one");
    coil_task_cancel_msg(c, "two");
    printf("%d\n", coil_task_uncancel(c));
    MUST(outcome("c", c));
    coil_task *d = coil_task_ref(coil_create_task(child("d")));
    MUST(coil_sleep(0));
    coil_task_cancel_msg(d, "one");
    printf("%d\n", coil_task_uncancel(d));
    MUST(outcome("d", d));
    int late = coil_task_cancel_msg(d, "late");
    int left = coil_task_cancelling(d);
    int one = coil_task_uncancel(d);
    printf("%d %d %d %d\n", late, left, one, coil_task_uncancel(d));
    coil_task_unref(d);
    return 0;
}
COIL_MAIN(amain())

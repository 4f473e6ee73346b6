/* cancelling one of two awaiters of a task cancels the task, and so the other awaiter too, which is not cancelling */
#include "said.h"

COIL_ASYNC(inner)
{
    int err = coil_sleep(5);
    if (err == -ECANCELED)
        printf("inner %s\n", coil_error_message(err));
    return err;
}

COIL_ASYNC(awaiter, (const char *, name), (coil_task *, t))
{
    int err = coil_await(t);
    if (err == -ECANCELED)
        printf("%s %d\n", name, coil_task_cancelling(coil_current_task()));
    return err;
}

COIL_ASYNC(amain)
{
    coil_task *t = coil_task_ref(coil_create_task(inner()));
    coil_task *a = coil_create_task(awaiter("a", t));
    coil_task *b = coil_create_task(awaiter("b", t));
    coil_task *both[] = {a, b};
    int n;
    MUST(coil_sleep(0));
    MUST(coil_sleep(0));
    printf("cancel %d\n", coil_task_cancel_msg(a, "why"));
    MUST(coil_wait(both, 2, COIL_ALL_COMPLETED, COIL_FOREVER, &n));
    printf("%d %d %d %d %d %d\n", coil_task_cancelled(a), coil_task_cancelled(b),
           coil_task_cancelled(t), coil_task_cancelling(a), coil_task_cancelling(b),
           coil_task_cancelling(t));
    coil_task_unref(a);
    coil_task_unref(b);
    coil_task_unref(t);
    return 0;
}
COIL_MAIN(amain())

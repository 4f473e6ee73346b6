/* shields: two of one task, one cancelled; an inner error after the shield was cancelled is not reported; a done task; the message */
#include "said.h"

COIL_ASYNC(work, (int, n), (const char *, error), (int, ret, out))
{
    MUST(coil_sleep(0.02));
    if (error)
        return coil_fail(-EINVAL, "%s", error);
    *ret = n;
    return 0;
}

COIL_ASYNC(holder, (const char *, name), (coil_task *, t), (const int *, value))
{
    int err = coil_shield(t);
    if (err == -ECANCELED)
        printf("%s cancelled%s%s\n", name, " ", coil_error_get(err) ? coil_error_message(err) : "");
    if (err >= 0)
        printf("%s got %d\n", name, *value);
    return err;
}

static int report(coil_loop *loop, const coil_exception_context *c, void *arg)
{
    (void)loop;
    (void)arg;
    printf("reported: %s\n", c->message);
    return 0;
}

COIL_ASYNC(amain)
{
    int value, n;
    coil_loop_set_exception_handler(coil_loop_running(), report, NULL);
    coil_task *t = coil_task_ref(coil_create_task(work(1, NULL, &value)));
    coil_task *a = coil_create_task(holder("a", t, &value));
    coil_task *b = coil_create_task(holder("b", t, &value));
    coil_task *both[] = {a, b};
    MUST(coil_sleep(0));
    coil_task_cancel_msg(a, "only a");
    MUST(coil_wait(both, 2, COIL_ALL_COMPLETED, COIL_FOREVER, &n));
    printf("inner %d %d %d\n", value, coil_task_cancelled(a), coil_task_cancelled(b));
    MUST(coil_shield(t));
    printf("done at once %d\n", value);
    coil_task_unref(t);
    coil_task_unref(a);
    coil_task_unref(b);
    t = coil_create_task(work(2, "late", NULL));
    coil_task *c = coil_create_task(holder("c", t, &value));
    MUST(coil_sleep(0));
    coil_task_cancel(c);
    coil_task *all[] = {c, t};
    MUST(coil_wait(all, 2, COIL_ALL_COMPLETED, COIL_FOREVER, &n));
    coil_task_unref(t);
    coil_task_unref(c);
    MUST(coil_sleep(0));
    printf("end\n");
    return 0;
}
COIL_MAIN(amain())

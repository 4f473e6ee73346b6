/* a second cancel during cleanup ends the cleanup's await; an error replaces the cancellation; a return after it swallows; cancel from the task's own callback is too late */
#include "said.h"

COIL_ASYNC(patient, (const char *, name), (const char *, ret, out))
{
    int err = coil_sleep(5);
    *ret = NULL;
    printf("%s cleanup begins\n", name);
    int again = coil_sleep(0.02);
    if (again == -ECANCELED) {
        printf("%s cleanup cancelled %s\n", name, coil_error_message(again));
        return again;
    }
    printf("%s cleanup ends\n", name);
    return err;
}

COIL_ASYNC(returns, (const char *, ret, out))
{
    if (coil_sleep(5) == -ECANCELED)
        MUST(coil_sleep(0));
    *ret = "swallowed";
    return 0;
}

COIL_ASYNC(replaces, (const char *, ret, out))
{
    coil_ignore(coil_sleep(5));
    MUST(coil_sleep(0));
    *ret = NULL;
    return coil_fail(-EINVAL, "instead");
}

/* The message of `once` is the first request's, though its cleanup suspended again in between. */
static void outcome(const char *name, coil_task *t, const char *const *value)
{
    int err = coil_await(t);
    if (err < 0)
        printf("%s %s %s", name, said(err), coil_error_get(err) ? coil_error_message(err) : "");
    else
        printf("%s result %s", name, *value);
    printf(" %d %d\n", coil_task_cancelled(t), coil_task_cancelling(t));
    coil_task_unref(t);
}

static int too_late(coil_task *t, void *arg)
{
    (void)arg;
    int taken = coil_task_cancel(t);
    printf("too late %d %d\n", taken, coil_task_cancelled(t));
    return 0;
}

COIL_ASYNC(amain)
{
    const char *v;
    coil_task *once = coil_task_ref(coil_create_task(patient("once", &v)));
    coil_task *twice = coil_task_ref(coil_create_task(patient("twice", &v)));
    MUST(coil_sleep(0));
    coil_task_cancel_msg(once, "1");
    coil_task_cancel_msg(twice, "1");
    MUST(coil_sleep(0));
    coil_task_cancel_msg(twice, "2");
    outcome("once", once, &v);
    outcome("twice", twice, &v);
    coil_task *t = coil_task_ref(coil_create_task(returns(&v)));
    MUST(coil_sleep(0));
    coil_task_cancel(t);
    outcome("returns", t, &v);
    t = coil_task_ref(coil_create_task(replaces(&v)));
    MUST(coil_sleep(0));
    coil_task_cancel(t);
    outcome("replaces", t, &v);
    t = coil_create_task(coil_sleep(0));
    MUST(coil_task_add_done_callback(t, too_late, NULL));
    MUST(coil_await(t));
    MUST(coil_sleep(0));
    coil_task *me = coil_current_task();
    coil_task_cancel_msg(me, "myself");
    printf("still running %d\n", coil_task_cancelling(me));
    int err = coil_sleep(0);
    if (err == -ECANCELED) {
        int asked = coil_task_cancelling(me);
        printf("then %s %d %d\n", coil_error_message(err), asked, coil_task_uncancel(me));
    }
    MUST(coil_sleep(0));
    printf("end\n");
    return 0;
}
COIL_MAIN(amain())

/* callbacks added to a done task run in the next turn; a callback may add callbacks and cancel tasks; order of all */
#include "said.h"

COIL_ASYNC(work, (const char *, name), (const char *, ret, out))
{
    printf("work %s\n", name);
    *ret = name;
    return 0;
}

COIL_ASYNC(awaiter, (const char *, name), (coil_task *, t), (const char **, value))
{
    MUST(coil_await(t));
    printf("awaiter %s %s\n", name, *value);
    return 0;
}

COIL_ASYNC(sleeper)
{
    return coil_sleep(5);
}

static int callback(coil_task *t, void *text)
{
    (void)t;
    printf("%s\n", (const char *)text);
    return 0;
}

static int last(coil_task *t, void *victim)
{
    int taken = coil_task_cancel(victim);
    printf("cancels %d %d\n", taken, coil_task_done(victim));
    MUST(coil_task_add_done_callback(t, callback, "added in a callback"));
    printf("removed %d\n", coil_task_remove_done_callback(t, last, victim));
    return 0;
}

COIL_ASYNC(amain)
{
    const char *value;
    coil_task *t = coil_task_ref(coil_create_task(work("w", &value)));
    MUST(coil_task_add_done_callback(t, callback, "callback 1 w"));
    coil_task *a = coil_create_task(awaiter("a", t, &value));
    MUST(coil_sleep(0));
    MUST(coil_task_add_done_callback(t, callback, "callback 2"));
    printf("main turn 1 %d\n", coil_task_done(t));
    MUST(coil_sleep(0));
    printf("main turn 2\n");
    coil_task *victim = coil_create_task(sleeper());
    MUST(coil_task_add_done_callback(t, last, victim));
    MUST(coil_sleep(0));
    printf("main turn 3 %d\n", coil_task_done(victim));
    MUST(coil_sleep(0));
    printf("main turn 4 %d\n", coil_task_cancelled(victim));
    coil_task_unref(victim);
    coil_task_unref(t);
    return coil_await(a);
}
COIL_MAIN(amain())

/* as_completed: tasks that are done come first, the others by completion; a cancelled task is one outcome; a consumer cancelled in between loses none */
#include "said.h"

COIL_ASYNC(value, (int, n), (double, seconds))
{
    MUST(coil_sleep(seconds));
    return n < 0 ? coil_fail(-EINVAL, "%d", n) : n;
}

static int cancel(void *t)
{
    return coil_task_cancel(t);
}

static int outcomes(void)
{
    coil_task *t[] = {coil_create_task(value(2, 0))};
    int n;
    MUST(coil_wait(t, 1, COIL_ALL_COMPLETED, COIL_FOREVER, &n));
    coil_task *late[] = {coil_create_task(value(3, 0.04)), coil_create_task(value(4, 0.02)),
                         coil_create_task(value(-5, 0.06))};
    coil_task *victim = coil_create_task(value(6, 5)), *next;
    coil_call_later(0.03, cancel, victim);
    coil_task *all[] = {late[0], t[0], victim, late[1], late[2]};
    coil_as_completed it;
    MUST(coil_as_completed_open(&it, all, 5, COIL_FOREVER));
    while (coil_as_completed_next(&it, &next) >= 0) {
        int err = coil_await(next);
        if (err == -EINVAL)
            printf("ValueError %s\n", coil_error_message(err));
        else if (err == -ECANCELED)
            printf("cancelled one %d\n", next == victim);
        else
            printf("%d\n", err);
    }
    coil_as_completed_close(&it);
    MUST(coil_as_completed_open(&it, NULL, 0, COIL_FOREVER));
    while (coil_as_completed_next(&it, &next) >= 0)
        printf("never\n");
    coil_as_completed_close(&it);
    return 0;
}

COIL_ASYNC(consume, (coil_task *, a), (coil_task *, b))
{
    coil_task *all[] = {a, b}, *next;
    coil_as_completed it;
    int err;
    MUST(coil_as_completed_open(&it, all, 2, COIL_FOREVER));
    while ((err = coil_as_completed_next(&it, &next)) >= 0)
        printf("consumed [%d]\n", coil_await(next));
    coil_as_completed_close(&it);
    return err == -COIL_ESTOPITERATION ? 0 : err;
}

COIL_ASYNC(amain)
{
    MUST(outcomes());
    coil_task *a = coil_create_task(value(7, 0.3));
    coil_task *b = coil_task_ref(coil_create_task(value(8, 0.01)));
    coil_task *c = coil_create_task(consume(a, b));
    MUST(coil_sleep(0.15));
    coil_task_cancel(c);
    if (coil_await(c) == -ECANCELED)
        printf("consumer cancelled %d %d\n", coil_task_done(a), coil_task_done(b));
    coil_task_unref(b);
    printf("%d\n", coil_await(a));
    coil_task *two[] = {coil_create_task(value(9, 5)), coil_create_task(value(10, 0))}, *next;
    coil_as_completed it;
    int err;
    MUST(coil_as_completed_open(&it, two, 2, 0.02));
    while ((err = coil_as_completed_next(&it, &next)) >= 0)
        printf("%d\n", coil_await(next));
    coil_as_completed_close(&it);
    printf("%s %d\n", said(err), coil_task_done(two[0]));
    coil_task_cancel(two[0]);
    coil_task_unref(two[0]);
    return 0;
}
COIL_MAIN(amain())

/* limits and groups inside each other: a child's own limit, a limit inside a group's body, an outer limit that strikes while a child cleans up */
#include "said.h"

COIL_ASYNC(child, (const char *, name), (double, limit), (double, work))
{
    int err;
    COIL_TIMEOUT(tm, limit, err)
    {
        err = coil_sleep(work);
    }
    if (err == -ETIMEDOUT)
        printf("%s timed out %d\n", name, coil_task_cancelling(coil_current_task()));
    else if (err >= 0)
        printf("%s done\n", name);
    return err == -ETIMEDOUT ? 0 : err;
}

COIL_ASYNC(slow_cleanup)
{
    int err = coil_sleep(5);
    printf("cleanup begins\n");
    MUST(coil_sleep(0.03));
    printf("cleanup ends\n");
    return err;
}

COIL_ASYNC(fails, (double, seconds))
{
    MUST(coil_sleep(seconds));
    return coil_fail(-EINVAL, "child");
}

static int limits(coil_task *me)
{
    int err, outer, inner;
    coil_timeout o, i;
    MUST(coil_timeout_enter(&o, 0.01));
    MUST(coil_timeout_enter(&i, 0.02));
    err = coil_timeout_exit(&i, coil_sleep(5));
    outer = coil_timeout_expired(&o);
    inner = coil_timeout_expired(&i);
    err = coil_timeout_exit(&o, err);
    if (err == -ETIMEDOUT)
        printf("the outer one %d %d %d\n", outer, inner, coil_task_cancelling(me));
    MUST(coil_timeout_enter(&o, 0.02));
    MUST(coil_timeout_enter(&i, 0.01));
    err = coil_timeout_exit(&i, coil_sleep(5));
    if (err == -ETIMEDOUT)
        printf("the inner one %d %d %d\n", coil_timeout_expired(&o), coil_timeout_expired(&i),
               coil_task_cancelling(me));
    err = coil_timeout_exit(&o, coil_sleep(5));
    if (err == -ETIMEDOUT)
        printf("and then the outer one %d\n", coil_task_cancelling(me));
    return 0;
}

COIL_ASYNC(amain)
{
    coil_task *me = coil_current_task();
    const coil_error *causes[2];
    int err, inner, expired = 0;
    COIL_TASK_GROUP(g, err)
    {
        coil_group_create_task(g, child("a", 0.01, 5));
        coil_group_create_task(g, child("b", 5, 0.12));
        COIL_TIMEOUT(tm, 0.06, inner)
        {
            inner = coil_sleep(5);
        }
        if (inner == -ETIMEDOUT)
            printf("body timed out %d\n", coil_task_cancelling(me));
    }
    MUST(err);
    COIL_TIMEOUT(tm, 0.01, err)
    {
        COIL_TASK_GROUP(g, err)
        {
            coil_group_create_task(g, slow_cleanup());
        }
        expired = coil_timeout_expired(tm);
    }
    if (err == -ETIMEDOUT)
        printf("outer %d %d\n", expired, coil_task_cancelling(me));
    COIL_TIMEOUT(tm, 0.02, err)
    {
        COIL_TASK_GROUP(g, err)
        {
            coil_group_create_task(g, fails(0.01));
            coil_group_create_task(g, slow_cleanup());
        }
    }
    if (err == -ETIMEDOUT)
        printf("TimeoutError %d\n", coil_task_cancelling(me));
    else if (coil_error_causes(err, causes, 2) > 0)
        printf("group %s %d\n", causes[0]->message, coil_task_cancelling(me));
    return limits(me);
}
COIL_MAIN(amain())

/* run: a main that is cancelled by its child, by itself, by its own hand; a leftover that awaits another one; main's value when leftovers fail */
#include "said.h"

COIL_ASYNC(killer, (coil_task *, main_task))
{
    return coil_task_cancel_msg(main_task, "from a child");
}

COIL_ASYNC(by_child, (const char *, ret, out))
{
    MUST(coil_spawn(killer(coil_current_task())));
    *ret = "None";
    return coil_sleep(5);
}

COIL_ASYNC(by_itself, (const char *, ret, out))
{
    coil_task_cancel(coil_current_task());
    *ret = "value is lost";
    return 0;
}

COIL_ASYNC(raises, (const char *, ret, out))
{
    *ret = "None";
    return coil_fail(-ECANCELED, "raised");
}

COIL_ASYNC(inner)
{
    int err = coil_sleep(5);
    printf("inner ends\n");
    return err;
}

COIL_ASYNC(outer, (coil_task *, t))
{
    int err = coil_await(t);
    if (err == -ECANCELED)
        printf("outer ends\n");
    return err;
}

COIL_ASYNC(chained, (const char *, ret, out))
{
    coil_task *t = coil_create_task(inner());
    MUST(coil_spawn(outer(t)));
    MUST(coil_sleep(0.01));
    *ret = "chained";
    return 0;
}

static void outcome(const char *name, int err, const char *const *value)
{
    if (err == -ECANCELED)
        printf("%s CancelledError %s\n", name, coil_error_get(err) ? coil_error_message(err) : "");
    else
        printf("%s %s\n", name, *value);
}

int main(void)
{
    const char *value = NULL;
    outcome("by_child", coil_run(by_child(&value)), &value);
    outcome("by_itself", coil_run(by_itself(&value)), &value);
    outcome("raises", coil_run(raises(&value)), &value);
    outcome("chained", coil_run(chained(&value)), &value);
    return 0;
}

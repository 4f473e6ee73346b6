/* SIGINT: a main that waits in a group, in a shield, under a limit; cleanup that fails; leftovers after it; a run after an interrupted run */
#include <signal.h>

#include "said.h"

static int interrupt(void *arg)
{
    (void)arg;
    return kill(getpid(), SIGINT);
}

COIL_ASYNC(child)
{
    int err = coil_sleep(5);
    printf("child cancelled\n");
    return err;
}

COIL_ASYNC(in_group)
{
    int err;
    coil_call_later(0.01, interrupt, NULL);
    COIL_TASK_GROUP(g, err)
    {
        coil_group_create_task(g, child());
    }
    if (err >= 0)
        printf("never\n");
    return err;
}

COIL_ASYNC(in_shield)
{
    coil_call_later(0.01, interrupt, NULL);
    coil_task *t = coil_create_task(child());
    int err = coil_shield(t);
    printf("shield left\n");
    coil_task_unref(t);
    return err;
}

COIL_ASYNC(under_limit)
{
    int err;
    coil_call_later(0.01, interrupt, NULL);
    COIL_TIMEOUT(tm, 5, err)
    {
        err = coil_sleep(5);
    }
    return err;
}

COIL_ASYNC(cleanup_fails)
{
    coil_call_later(0.01, interrupt, NULL);
    coil_ignore(coil_sleep(5));
    return coil_fail(-EINVAL, "cleanup");
}

COIL_ASYNC(goes_on, (const char *, ret, out))
{
    coil_call_later(0.01, interrupt, NULL);
    if (coil_sleep(5) == -ECANCELED)
        printf("swallowed %d\n", coil_task_uncancel(coil_current_task()));
    MUST(coil_sleep(0.01));
    *ret = "value";
    return 0;
}

static void outcome(const char *name, int err, const char *value)
{
    if (err == -EINTR)
        printf("%s KeyboardInterrupt\n", name);
    else if (err < 0)
        printf("%s %s %s\n", name, said(err), coil_error_message(err));
    else
        printf("%s %s\n", name, value);
}

int main(void)
{
    const char *value = "None";
    outcome("in_group", coil_run(in_group()), value);
    outcome("in_shield", coil_run(in_shield()), value);
    outcome("under_limit", coil_run(under_limit()), value);
    outcome("cleanup_fails", coil_run(cleanup_fails()), value);
    int err = coil_run(goes_on(&value));
    outcome("goes_on", err, value);
    return 0;
}

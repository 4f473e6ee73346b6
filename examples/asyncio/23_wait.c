/* wait: until the first of several tasks is done; the losers are cancelled. */
#include <coil.h>
#include <stdio.h>

COIL_ASYNC(mirror, (const char *, name), (double, seconds), (const char *, ret_name, out))
{
    int err = coil_sleep(seconds);
    if (err == -ECANCELED)
        printf("%s is cancelled\n", name);
    if (err < 0)
        return err;
    *ret_name = name;
    return 0;
}

COIL_ASYNC(quickest)
{
    const char *winner;
    int ndone;
    coil_task *tasks[] = {
        coil_create_task(mirror("Vienna", 3, &winner)),
        coil_create_task(mirror("Oslo", 1, &winner)),
        coil_create_task(mirror("Rome", 2, &winner)),
    };
    int err = coil_wait(tasks, 3, COIL_FIRST_COMPLETED, COIL_FOREVER, &ndone);
    if (err < 0)
        return err;
    err = coil_await(tasks[0]); /* who is done comes first */
    if (err < 0)
        return err;
    printf("%s wins, %d pending\n", winner, 3 - ndone);
    for (int i = ndone; i < 3; i++) {
        coil_task_cancel(tasks[i]);
        err = coil_await(tasks[i]);
        if (err < 0 && err != -ECANCELED)
            return err;
    }
    return 0;
}

COIL_MAIN(quickest())

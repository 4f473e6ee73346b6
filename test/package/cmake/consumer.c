/* A consumer by find_package: a task group and its first error. */
#include <coil.h>
#include <stdio.h>

COIL_ASYNC(work, (int, n))
{
    int err = coil_sleep(0.001 * n);
    if (err < 0) {
        printf("work %d: %s\n", n, coil_error_name(err));
        return err;
    }
    return coil_fail(-EINVAL, "work %d fails", n);
}

COIL_ASYNC(consumer)
{
    int err;
    COIL_TASK_GROUP(g, err)
    {
        coil_group_create_task(g, work(1));
        coil_group_create_task(g, work(1000));
    }
    printf("group: %s: %s\n", coil_error_name(err), coil_error_message(err));
    return 0;
}

COIL_MAIN(consumer())

/* When a task of a group fails the others are cancelled; the group tells all errors, in order of completion. */
#include <coil.h>
#include <stdio.h>

COIL_ASYNC(worker, (int, number))
{
    int err = coil_sleep(number);
    if (err == -ECANCELED)
        printf("Worker %d is cancelled\n", number);
    if (err < 0)
        return err;
    return coil_fail(-EIO, "worker %d broke down", number);
}

COIL_ASYNC(clumsy)
{
    int err = coil_sleep(60);
    /* Here the cancellation has come, and the cleanup fails too. */
    return err < 0 ? coil_fail(-EPROTO, "the cleanup failed") : 0;
}

COIL_ASYNC(group_errors)
{
    const coil_error *errors[4];
    int err;
    COIL_TASK_GROUP(g, err)
    {
        coil_group_create_task(g, worker(1));
        coil_group_create_task(g, worker(2));
        coil_group_create_task(g, clumsy());
        err = coil_sleep(60);
        if (err == -ECANCELED)
            printf("The body is cancelled\n");
    }
    int n = coil_error_causes(err, errors, 4);
    printf("%d errors\n", n);
    for (int i = 0; i < n; i++)
        printf("- %s\n", errors[i]->message);
    return n == 2 ? 0 : err;
}

COIL_MAIN(group_errors())

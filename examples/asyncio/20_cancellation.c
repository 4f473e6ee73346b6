/* Cancelling a task is a request. It comes out of the call in which the task is suspended, as -ECANCELED; the task cleans up, and
 * may await while it does. */
#include <coil.h>
#include <stdio.h>

COIL_ASYNC(patient_work)
{
    int err;
    for (int step = 1;; step++) {
        err = coil_sleep(1);
        if (err < 0)
            break;
        printf("Step %d is done\n", step);
    }
    printf("Cancelled: putting the tools away\n");
    coil_ignore(coil_sleep(1)); /* the request was delivered, so this sleeps */
    printf("The tools are away\n");
    return err; /* pass it on: then the task counts as cancelled */
}

COIL_ASYNC(cancellation)
{
    coil_task *task = coil_create_task(patient_work());
    int err = coil_sleep(2.5);
    if (err < 0)
        return err;
    coil_task_cancel(task);
    printf("A request, nothing more: done is %d\n", coil_task_done(task));
    err = coil_await(task);
    if (err != -ECANCELED)
        return err;
    printf("The task was cancelled\n");
    return 0;
}

COIL_MAIN(cancellation())

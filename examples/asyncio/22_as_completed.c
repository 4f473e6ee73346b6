/* as_completed: results as they come, the quickest first. */
#include <coil.h>
#include <stdio.h>

COIL_ASYNC(fetch, (const char *, name), (double, seconds))
{
    int err = coil_sleep(seconds);
    if (err >= 0)
        printf("%s is fetched\n", name);
    return err;
}

COIL_ASYNC(in_order_of_completion)
{
    coil_task *tasks[] = {
        coil_create_task_named(fetch("the big file", 3), "big"),
        coil_create_task_named(fetch("the small file", 1), "small"),
        coil_create_task_named(fetch("the medium file", 2), "medium"),
    };
    coil_as_completed order;
    coil_task *task;
    int err = coil_as_completed_open(&order, tasks, 3, COIL_FOREVER);
    if (err < 0)
        return err;
    while ((err = coil_as_completed_next(&order, &task)) >= 0) {
        printf("Next: %s\n", coil_task_name(task));
        err = coil_await(task); /* its result, at once */
        if (err < 0)
            break;
    }
    coil_as_completed_close(&order);
    return err == -COIL_ESTOPITERATION ? 0 : err;
}

COIL_MAIN(in_order_of_completion())

/* A task group: whatever was started in the block has ended when the block has. */
#include <coil.h>
#include <stdio.h>

COIL_ASYNC(fetch_data, (int, param), (const char *, ret, out))
{
    printf("Do something with %d...\n", param);
    int err = coil_sleep(param);
    if (err < 0)
        return err;
    printf("Done with %d\n", param);
    *ret = param == 1 ? "Result of 1" : "Result of 2";
    return 0;
}

COIL_ASYNC(grouped)
{
    const char *result1 = NULL, *result2 = NULL;
    int err;
    COIL_TASK_GROUP(g, err)
    {
        coil_group_create_task(g, fetch_data(1, &result1));
        coil_group_create_task(g, fetch_data(2, &result2));
        printf("The body is over, the tasks go on\n");
    }
    if (err >= 0)
        printf("[%s, %s]\n", result1, result2);
    return err;
}

COIL_MAIN(grouped())

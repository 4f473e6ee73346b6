/* Tasks: both begin before either is awaited, so that 1 and 2 seconds are 2, not 3. */
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

COIL_ASYNC(with_tasks)
{
    const char *result1, *result2;
    double begin = coil_time();
    coil_task *task1 = coil_create_task(fetch_data(1, &result1));
    coil_task *task2 = coil_create_task(fetch_data(2, &result2));
    int err = coil_await(task1); /* result1 is filled in here */
    if (err < 0)
        return err; /* task2, if it still runs, is cancelled at the end of the program */
    printf("Fetch 1 fully completed\n");
    err = coil_await(task2);
    if (err < 0)
        return err;
    printf("Fetch 2 fully completed\n");
    printf("[%s, %s]\n", result1, result2);
    printf("Finished in %.2f seconds\n", coil_time() - begin);
    return 0;
}

COIL_MAIN(with_tasks())

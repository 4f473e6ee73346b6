/* The classic mistake: a blocking call in a coroutine stops the loop, and every task with it. */
#include <coil.h>
#include <stdio.h>
#include <time.h>

COIL_ASYNC(fetch_data, (int, param))
{
    struct timespec tenths = {0, param * 100000000L};
    printf("Do something with %d...\n", param);
    nanosleep(&tenths, NULL); /* not coil_sleep: nobody else can run meanwhile */
    printf("Done with %d\n", param);
    return param;
}

COIL_ASYNC(blocked)
{
    coil_task *task1 = coil_create_task(fetch_data(1));
    coil_task *task2 = coil_create_task(fetch_data(2));
    int result1 = coil_await(task1);
    if (result1 < 0)
        return result1;
    printf("Fetch 1 fully completed\n");
    int result2 = coil_await(task2);
    if (result2 < 0)
        return result2;
    printf("Fetch 2 fully completed\n");
    printf("Results: %d and %d\n", result1, result2);
    return 0;
}

COIL_MAIN(blocked())

/* Awaiting calls one by one: they suspend the task, but nothing else is there to run. Still 3 seconds. */
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

COIL_ASYNC(in_sequence)
{
    const char *result1, *result2;
    double begin = coil_time();
    int err = fetch_data(1, &result1); /* a direct call is an await */
    if (err < 0)
        return err;
    printf("Fetch 1 fully completed\n");
    err = fetch_data(2, &result2);
    if (err < 0)
        return err;
    printf("Fetch 2 fully completed\n");
    printf("[%s, %s]\n", result1, result2);
    printf("Finished in %.2f seconds\n", coil_time() - begin);
    return 0;
}

COIL_MAIN(in_sequence())

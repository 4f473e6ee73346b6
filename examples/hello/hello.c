/* hello.c: two tasks that overlap: the program of the README. */
#include <coil.h>
#include <stdio.h>

COIL_ASYNC(fetch_data, (int, param), (const char *, ret, out))
{
    printf("Do something with %d...\n", param);
    int err = coil_sleep(param); /* suspends this task, not the program */
    if (err < 0)
        return err; /* -ECANCELED: somebody cancelled us   */
    printf("Done with %d\n", param);
    *ret = param == 1 ? "Result of 1" : "Result of 2";
    return 0;
}

COIL_ASYNC(hello)
{
    const char *r1, *r2;
    coil_task *t1 = coil_create_task(fetch_data(1, &r1));
    coil_task *t2 = coil_create_task(fetch_data(2, &r2));
    int err = coil_await(t1); /* r1 is filled in here */
    if (err >= 0)
        err = coil_await(t2);
    if (err >= 0)
        printf("[%s, %s]\n", r1, r2); /* after 2 seconds, not 3 */
    return err;
}

COIL_MAIN(hello()) /* runs it; prints the error with its message and place, if any */

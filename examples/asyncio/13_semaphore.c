/* A semaphore limits how many run at a time: five downloads, two permits. */
#include <coil.h>
#include <stdio.h>

static double begin;

static double elapsed(void)
{
    return coil_time() - begin; /* the clock began anywhere, as loop.time() */
}

COIL_ASYNC(download, (coil_semaphore *, permits), (int, number))
{
    int err = coil_semaphore_acquire(permits);
    if (err < 0)
        return err;
    printf("%4.1f s: download %d begins\n", elapsed(), number);
    err = coil_sleep(number % 2 ? 1.0 : 1.5);
    printf("%4.1f s: download %d ends\n", elapsed(), number);
    coil_semaphore_release(permits);
    return err;
}

COIL_ASYNC(downloads)
{
    coil_semaphore permits;
    begin = coil_time();
    int err = coil_semaphore_init(&permits, 2);
    if (err < 0)
        return err;
    COIL_TASK_GROUP(g, err)
    {
        for (int number = 1; number <= 5; number++)
            coil_group_create_task(g, download(&permits, number));
    }
    return err;
}

COIL_MAIN(downloads())

/* tutorial: a task group of downloads behind a semaphore; the first failure stops the rest */
#include "port.h"

COIL_ASYNC(download, (coil_semaphore *, sem), (int, n))
{
    MUST(coil_semaphore_acquire(sem));
    printf("start %d\n", n);
    int err = coil_sleep(0.04 * (n + 1));
    if (err >= 0 && n == 1)
        err = coil_fail(-EIO, "404 for 1");
    else if (err >= 0)
        printf("done %d\n", n);
    coil_semaphore_release(sem);
    return err;
}

COIL_ASYNC(amain)
{
    coil_semaphore sem;
    coil_task *ts[5];
    int err;
    MUST(coil_semaphore_init(&sem, 2));
    COIL_TASK_GROUP(tg, err)
    {
        for (int i = 0; i < 5; i++)
            ts[i] = coil_task_ref(coil_group_create_task(tg, download(&sem, i)));
    }
    printf("group of %d %s\n", coil_error_causes(err, NULL, 0), coil_error_message(err));
    printf("cancelled:");
    for (int i = 0; i < 5; i++) {
        if (coil_task_cancelled(ts[i]))
            printf(" %d", i);
        coil_task_unref(ts[i]);
    }
    printf("\n");
    return 0;
}
COIL_MAIN(amain())

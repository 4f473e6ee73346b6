/* shield: the one who waits can be cancelled, what is waited for goes on. */
#include <coil.h>
#include <stdio.h>

COIL_ASYNC(save, (int, ret_bytes, out))
{
    printf("Saving\n");
    int err = coil_sleep(3);
    if (err < 0)
        return err;
    printf("Saved\n");
    *ret_bytes = 1024;
    return 0;
}

COIL_ASYNC(shielded)
{
    int bytes;
    coil_task *task = coil_create_task(save(&bytes));
    int err = coil_wait_for(coil_shield(task), 1);
    if (err != -ETIMEDOUT)
        return err;
    printf("No patience, but the saving goes on\n");
    err = coil_await(task);
    if (err >= 0)
        printf("%d bytes\n", bytes);
    return err;
}

COIL_MAIN(shielded())

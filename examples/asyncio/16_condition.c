/* A condition: wait until something shared has become true, with the lock held before and after. */
#include <coil.h>
#include <stdio.h>

struct pantry {
    coil_condition changed;
    int eggs, wanted;
};

static int enough_eggs(void *arg)
{
    const struct pantry *pantry = arg;
    return pantry->eggs >= pantry->wanted;
}

COIL_ASYNC(cook, (struct pantry *, pantry))
{
    int err = coil_condition_acquire(&pantry->changed);
    if (err < 0)
        return err;
    err = coil_condition_wait_for(&pantry->changed, enough_eggs, pantry);
    if (err >= 0) {
        pantry->eggs -= pantry->wanted;
        printf("The cook takes %d eggs, %d are left\n", pantry->wanted, pantry->eggs);
    }
    coil_condition_release(&pantry->changed); /* wait_for holds it again, also after an error */
    return err;
}

COIL_ASYNC(hen, (struct pantry *, pantry))
{
    for (int day = 1; day <= 4; day++) {
        int err = coil_sleep(1);
        if (err >= 0)
            err = coil_condition_acquire(&pantry->changed);
        if (err < 0)
            return err;
        printf("Day %d: there are %d eggs\n", day, ++pantry->eggs);
        coil_condition_notify_all(&pantry->changed);
        coil_condition_release(&pantry->changed);
    }
    return 0;
}

COIL_ASYNC(kitchen)
{
    struct pantry pantry = {.eggs = 0, .wanted = 3};
    coil_condition_init(&pantry.changed, NULL); /* with a lock of its own */
    return coil_gather(cook(&pantry), hen(&pantry));
}

COIL_MAIN(kitchen())

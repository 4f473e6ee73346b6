/* An event: many wait for one thing to happen. */
#include <coil.h>
#include <stdio.h>

COIL_ASYNC(runner, (coil_event *, start), (int, number))
{
    printf("Runner %d is ready\n", number);
    int err = coil_event_wait(start);
    if (err >= 0)
        printf("Runner %d runs\n", number);
    return err;
}

COIL_ASYNC(race)
{
    coil_event start;
    coil_event_init(&start);
    int err;
    COIL_TASK_GROUP(g, err)
    {
        for (int number = 1; number <= 3; number++)
            coil_group_create_task(g, runner(&start, number));
        err = coil_sleep(1);
        if (err < 0)
            break;
        printf("Go!\n");
        coil_event_set(&start);
    }
    if (err < 0)
        return err;
    return runner(&start, 4); /* the event stays set */
}

COIL_MAIN(race())

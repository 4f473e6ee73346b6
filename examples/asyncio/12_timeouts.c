/* Time limits: around one call (wait_for) and around a block (timeout). Inside, a limit that strikes is a cancellation, so that
 * cleanup is the same as ever; outside it is -ETIMEDOUT. */
#include <coil.h>
#include <stdio.h>

COIL_ASYNC(answer, (double, seconds), (int, ret, out))
{
    int err = coil_sleep(seconds);
    if (err == -ECANCELED)
        printf("answer: cancelled, cleaning up\n");
    if (err < 0)
        return err;
    *ret = 42;
    return 0;
}

COIL_ASYNC(timeouts)
{
    int value, err;
    err = coil_wait_for(answer(1, &value), 2);
    if (err < 0)
        return err;
    printf("In time: %d\n", value);

    err = coil_wait_for(answer(5, &value), 2);
    if (err != -ETIMEDOUT)
        return err;
    printf("Too late\n");

    COIL_TIMEOUT(tm, 3, err)
    {
        err = answer(1, &value);
        if (err < 0)
            break;
        printf("The first step took its time\n");
        err = answer(5, &value);
    }
    if (err != -ETIMEDOUT)
        return err;
    printf("The block was too slow\n");

    COIL_TIMEOUT(tm, 1, err)
    {
        coil_timeout_reschedule(tm, coil_time() + 10); /* more time, please */
        err = answer(5, &value);
    }
    if (err >= 0)
        printf("Rescheduled: %d\n", value);
    return err;
}

COIL_MAIN(timeouts())

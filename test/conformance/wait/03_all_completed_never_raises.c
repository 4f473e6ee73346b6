/* wait() itself never raises child errors; they are found on the tasks */
#include "port.h"

COIL_ASYNC(delay, (const char *, name), (int, units), (int, fail), (const char *, ret, out))
{
    MUST(coil_sleep(units * 0.02));
    *ret = name;
    return fail ? coil_fail(-EDOM, "%s", name) : 0;
}

COIL_ASYNC(amain)
{
    const char *names[3];
    int ndone;
    coil_task *ts[3] = {coil_create_task(delay("a", 1, 1, &names[0])),
                        coil_create_task(delay("b", 2, 0, &names[1])),
                        coil_create_task(delay("c", 3, 1, &names[2]))};
    MUST(coil_wait(ts, 3, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
    printf("%d done %d pending\n", ndone, 3 - ndone);
    for (int i = 0; i < 3; i++) {
        int err = coil_await(ts[i]);
        if (err == -EDOM)
            printf("ValueError: %s\n", coil_error_message(err));
        else
            printf("%s\n", names[i]);
    }
    return 0;
}
COIL_MAIN(amain())

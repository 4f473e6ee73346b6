/* race pattern: take the first result, cancel the rest and wait for their cleanup */
#include "port.h"

COIL_ASYNC(mirror, (const char *, name), (int, units), (const char *, ret, out))
{
    int err = coil_sleep(units * 0.04);
    *ret = name;
    printf("%s closes its connection\n", name);
    return err;
}

COIL_ASYNC(amain)
{
    const char *winner = NULL;
    int ndone, n;
    coil_task *ts[3] = {coil_create_task(mirror("eu", 3, &winner)),
                        coil_create_task(mirror("us", 1, &winner)),
                        coil_create_task(mirror("asia", 5, &winner))};
    MUST(coil_wait(ts, 3, COIL_FIRST_COMPLETED, COIL_FOREVER, &ndone));
    MUST(coil_await(ts[0]));
    printf("winner %s\n", winner);
    for (int i = ndone; i < 3; i++)
        coil_task_cancel(ts[i]);
    MUST(coil_wait(ts + ndone, 3 - ndone, COIL_ALL_COMPLETED, COIL_FOREVER, &n));
    printf("losers cancelled");
    for (int i = ndone; i < 3; i++) {
        printf(" %d", coil_task_cancelled(ts[i]));
        coil_task_unref(ts[i]);
    }
    printf("\n");
    return 0;
}
COIL_MAIN(amain())

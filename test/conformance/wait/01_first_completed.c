/* tutorial: FIRST_COMPLETED returns the finished ones; the pending ones keep running until you
 * cancel them */
#include "port.h"

COIL_ASYNC(delay, (const char *, name), (int, units))
{
    MUST(coil_sleep(units * 0.04));
    printf("done %s\n", name);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    char first[32];
    snprintf(first, sizeof first, "%s", coil_task_name(*(coil_task *const *)a));
    return strcmp(first, coil_task_name(*(coil_task *const *)b));
}

COIL_ASYNC(amain)
{
    coil_task *ts[3] = {coil_create_task_named(delay("slow", 4), "slow"),
                        coil_create_task_named(delay("fast", 1), "fast"),
                        coil_create_task_named(delay("mid", 2), "mid")};
    coil_task **pending = ts;
    for (int n = 3, ndone; n > 0; n -= ndone, pending += ndone) {
        MUST(coil_wait(pending, n, COIL_FIRST_COMPLETED, COIL_FOREVER, &ndone));
        qsort(pending, (size_t)ndone, sizeof *pending, by_name);
        qsort(pending + ndone, (size_t)(n - ndone), sizeof *pending, by_name);
        printf("returned");
        for (int i = 0; i < n; i++)
            printf("%s%s", i == ndone ? " | pending " : " ", coil_task_name(pending[i]));
        printf(n == ndone ? " | pending\n" : "\n");
    }
    for (int i = 0; i < 3; i++)
        coil_task_unref(ts[i]);
    return 0;
}
COIL_MAIN(amain())

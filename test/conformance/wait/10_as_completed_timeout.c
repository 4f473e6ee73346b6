/* as_completed(timeout) raises TimeoutError for the ones still missing and does not cancel
 * them */
#include "port.h"

COIL_ASYNC(delay, (const char *, name), (int, units), (const char *, ret, out))
{
    MUST(coil_sleep(units * 0.04));
    printf("done %s\n", name);
    *ret = name;
    return 0;
}

COIL_ASYNC(amain)
{
    const char *name = NULL;
    coil_task *ts[3] = {coil_create_task(delay("a", 1, &name)),
                        coil_create_task(delay("b", 4, &name)),
                        coil_create_task(delay("c", 5, &name))};
    coil_as_completed it;
    coil_task *next;
    coil_task_ref(ts[0]);
    MUST(coil_as_completed_open(&it, ts, 3, 0.08));
    for (int err; (err = coil_as_completed_next(&it, &next)) != -COIL_ESTOPITERATION;) {
        if (err == -ETIMEDOUT) {
            printf("next TimeoutError\n");
            continue;
        }
        MUST(err);
        MUST(coil_await(next));
        printf("next %s\n", name);
    }
    coil_as_completed_close(&it);
    printf("cancelled: %d %d %d\n", coil_task_cancelled(ts[0]), coil_task_cancelled(ts[1]),
           coil_task_cancelled(ts[2]));
    MUST(coil_gather(coil_await(ts[0]), coil_await(ts[1]), coil_await(ts[2])));
    coil_task_unref(ts[0]);
    return 0;
}
COIL_MAIN(amain())

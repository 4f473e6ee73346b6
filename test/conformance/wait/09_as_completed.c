/* as_completed hands out results in completion order; an error is raised at its turn only */
#include "port.h"

COIL_ASYNC(delay, (const char *, name), (int, units), (int, fail), (const char *, ret, out))
{
    MUST(coil_sleep(units * 0.04));
    *ret = name;
    return fail ? coil_fail(-EDOM, "%s", name) : 0;
}

COIL_ASYNC(amain)
{
    const char *name = NULL;
    coil_task *ts[4] = {
        coil_create_task(delay("c", 3, 0, &name)), coil_create_task(delay("a", 1, 0, &name)),
        coil_create_task(delay("b", 2, 1, &name)), coil_create_task(delay("d", 4, 0, &name))};
    coil_as_completed it;
    coil_task *next;
    MUST(coil_as_completed_open(&it, ts, 4, COIL_FOREVER));
    while (coil_as_completed_next(&it, &next) >= 0) {
        int err = coil_await(next);
        if (err == -EDOM)
            printf("next ValueError: %s\n", coil_error_message(err));
        else
            printf("next %s\n", name);
    }
    coil_as_completed_close(&it);
    return 0;
}
COIL_MAIN(amain())

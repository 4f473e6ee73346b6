/* FIRST_EXCEPTION returns early on an error, but not on a cancelled task */
#include "port.h"

COIL_ASYNC(delay, (const char *, name), (int, units), (int, fail))
{
    MUST(coil_sleep(units * 0.04));
    return fail ? coil_fail(-EDOM, "%s", name) : 0;
}

static int by_name(const void *a, const void *b)
{
    char first[32];
    snprintf(first, sizeof first, "%s", coil_task_name(*(coil_task *const *)a));
    return strcmp(first, coil_task_name(*(coil_task *const *)b));
}

static int cancel(void *task)
{
    return coil_task_cancel(task);
}

COIL_ASYNC(amain)
{
    coil_task *b, *d;
    coil_task *ts[4] = {coil_create_task_named(delay("a", 1, 0), "a"),
                        b = coil_create_task_named(delay("b", 3, 1), "b"),
                        coil_create_task_named(delay("c", 5, 0), "c"),
                        d = coil_create_task_named(delay("d", 9, 0), "d")};
    coil_call_later(0.06, cancel, d);
    int ndone;
    MUST(coil_wait(ts, 4, COIL_FIRST_EXCEPTION, COIL_FOREVER, &ndone));
    qsort(ts, (size_t)ndone, sizeof *ts, by_name);
    printf("done");
    for (int i = 0; i < ndone; i++)
        printf(" %s", coil_task_name(ts[i]));
    printf(" | pending");
    for (int i = ndone; i < 4; i++)
        printf(" %s", coil_task_name(ts[i]));
    const coil_error *e = NULL;
    coil_ignore(coil_task_error(b, &e));
    printf("\nd cancelled: %d b error: %s\n", coil_task_cancelled(d), e->message);
    MUST(coil_wait(ts, 4, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
    printf("then all: %d %d\n", ndone, 4 - ndone);
    for (int i = 0; i < 4; i++)
        coil_task_unref(ts[i]);
    return 0;
}
COIL_MAIN(amain())

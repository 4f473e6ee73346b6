/* wait(timeout) raises nothing and cancels nothing; late ones are in pending */
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
    const char *a, *b;
    int ndone;
    coil_task *ts[2] = {coil_create_task_named(delay("a", 1, &a), "a"),
                        coil_create_task_named(delay("b", 3, &b), "b")};
    MUST(coil_wait(ts, 2, COIL_ALL_COMPLETED, 0.08, &ndone));
    printf("done");
    for (int i = 0; i < 2; i++)
        printf("%s %s", i == ndone ? " | pending" : "", coil_task_name(ts[i]));
    coil_task *late = coil_task_ref(ts[1]);
    int cancelled = coil_task_cancelled(late);
    printf("\n");
    MUST(coil_await(late));
    printf("late cancelled: %d result: %s\n", cancelled, b);
    coil_task_unref(late);
    coil_task_unref(ts[0]);
    return 0;
}
COIL_MAIN(amain())

/* tutorial: leaving the block waits for all children; results are on the tasks */
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
    int err;
    COIL_TASK_GROUP(tg, err)
    {
        coil_group_create_task(tg, delay("a", 2, &a));
        coil_group_create_task(tg, delay("b", 1, &b));
        printf("body ends\n");
    }
    MUST(err);
    printf("group over %s %s\n", a, b);
    coil_group empty;
    MUST(coil_group_open(&empty));
    MUST(coil_group_close(&empty, 0));
    printf("empty group is fine\n");
    return 0;
}
COIL_MAIN(amain())

/* awaiting a task that is already done does not yield: tasks of one pass can consume each
 * other at once */
#include "port.h"

static const char *result;

COIL_ASYNC(leaf, (const char *, ret, out))
{
    *ret = "leaf";
    return 0;
}

COIL_ASYNC(hop, (coil_task *, t))
{
    return coil_await(t);
}

COIL_ASYNC(amain)
{
    coil_task *t = coil_create_task(leaf(&result));
    for (int i = 0; i < 3; i++)
        t = coil_create_task(hop(t));
    int n = 0;
    while (!coil_task_done(t)) {
        n++;
        MUST(coil_sleep(0));
    }
    printf("passes %d result %s\n", n, result);
    return coil_await(t);
}
COIL_MAIN(amain())

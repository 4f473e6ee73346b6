/* a coroutine object can be awaited once; a task can be awaited many times */
#include "port.h"

COIL_ASYNC(work)
{
    MUST(coil_sleep(0));
    return 7;
}

COIL_ASYNC(amain)
{
    coil_call c = COIL_CALL(work());
    printf("first %d\n", coil_perform(c));
    if (coil_perform(c) == -COIL_ECALLUSED)
        printf("second: RuntimeError\n");
    coil_task *t = coil_task_ref(coil_create_task(work()));
    int first = coil_await(t);
    printf("task %d %d\n", first, coil_await(t));
    coil_task_unref(t);
    return 0;
}
COIL_MAIN(amain())

/* a swallowed cancellation is over: later awaits work and the task ends with its result */
#include "port.h"

COIL_ASYNC(child, (const char *, ret, out))
{
    if (coil_sleep(1) == -ECANCELED)
        printf("swallowed\n");
    MUST(coil_sleep(0.02));
    printf("still working\n");
    *ret = "result";
    return 0;
}

COIL_ASYNC(amain)
{
    const char *result;
    coil_task *t = coil_task_ref(coil_create_task(child(&result)));
    MUST(coil_sleep(0.02));
    coil_task_cancel(t);
    MUST(coil_await(t));
    printf("%s\n", result);
    printf("cancelled %d cancelling %d\n", coil_task_cancelled(t), coil_task_cancelling(t));
    int late = coil_task_cancel(t);
    printf("cancel after end %d cancelling %d\n", late, coil_task_cancelling(t));
    coil_task_unref(t);
    return 0;
}
COIL_MAIN(amain())

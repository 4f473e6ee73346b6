/* if the awaited task swallows the cancellation, its awaiter is not interrupted and gets the
 * result */
#include "port.h"

COIL_ASYNC(inner, (const char *, ret, out))
{
    if (coil_sleep(1) == -ECANCELED)
        printf("inner swallowed\n");
    *ret = "inner result";
    return 0;
}

COIL_ASYNC(outer, (coil_task *, b), (const char **, inner_result), (const char *, ret, out))
{
    MUST(coil_await(b));
    printf("outer got %s | cancelling %d\n", *inner_result,
           coil_task_cancelling(coil_current_task()));
    MUST(coil_sleep(0.02));
    *ret = "outer result";
    return 0;
}

COIL_ASYNC(amain)
{
    const char *inner_result, *result;
    coil_task *b = coil_create_task(inner(&inner_result));
    coil_task *a = coil_task_ref(coil_create_task(outer(b, &inner_result, &result)));
    MUST(coil_sleep(0.02));
    coil_task_cancel(a);
    MUST(coil_await(a));
    printf("%s | cancelled %d\n", result, coil_task_cancelled(a));
    coil_task_unref(a);
    return 0;
}
COIL_MAIN(amain())

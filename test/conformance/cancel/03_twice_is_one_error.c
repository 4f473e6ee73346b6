/* several cancel() calls before the target runs deliver one CancelledError but count each
 * request */
#include "port.h"

COIL_ASYNC(child, (const char *, ret, out))
{
    for (int i = 0; i < 3; i++) {
        if (coil_sleep(0.04) == -ECANCELED)
            printf("step %d CancelledError, cancelling %d\n", i,
                   coil_task_cancelling(coil_current_task()));
        else
            printf("step %d slept\n", i);
    }
    *ret = "end";
    return 0;
}

COIL_ASYNC(amain)
{
    const char *end;
    coil_task *t = coil_task_ref(coil_create_task(child(&end)));
    MUST(coil_sleep(0.02));
    printf("%d", coil_task_cancel(t));
    printf(" %d", coil_task_cancel(t));
    printf(" %d\n", coil_task_cancel(t));
    MUST(coil_await(t));
    printf("%s | cancelled %d cancelling %d\n", end, coil_task_cancelled(t),
           coil_task_cancelling(t));
    coil_task_unref(t);
    return 0;
}
COIL_MAIN(amain())

/* uncancel() takes one request back and returns what is left; it never goes below zero */
#include "port.h"

COIL_ASYNC(child, (const char *, ret, out))
{
    coil_task *me = coil_current_task();
    if (coil_sleep(1) == -ECANCELED) {
        printf("cancelling %d\n", coil_task_cancelling(me));
        printf("uncancel %d", coil_task_uncancel(me));
        printf(" %d", coil_task_uncancel(me));
        printf(" %d\n", coil_task_uncancel(me));
    }
    MUST(coil_sleep(0.02));
    *ret = "went on";
    return 0;
}

COIL_ASYNC(amain)
{
    const char *result;
    coil_task *t = coil_create_task(child(&result));
    MUST(coil_sleep(0.02));
    coil_task_cancel(t);
    coil_task_cancel(t);
    MUST(coil_await(t));
    printf("%s\n", result);
    return 0;
}
COIL_MAIN(amain())

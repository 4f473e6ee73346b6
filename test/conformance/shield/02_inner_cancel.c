/* cancelling the inner task cancels the shield's outer future; the awaiter is not itself
 * cancelling */
#include "port.h"

COIL_ASYNC(outer, (coil_task *, t), (const char *, ret, out))
{
    int err = coil_shield(t);
    if (err == -ECANCELED) {
        printf("CancelledError, cancelling %d\n", coil_task_cancelling(coil_current_task()));
        *ret = "went on";
        return 0;
    }
    return err;
}

COIL_ASYNC(amain)
{
    const char *result;
    coil_task *t = coil_create_task(coil_sleep(1));
    coil_task *o = coil_create_task(outer(t, &result));
    MUST(coil_sleep(0.02));
    coil_task_cancel(t);
    MUST(coil_await(o));
    printf("%s\n", result);
    return 0;
}
COIL_MAIN(amain())

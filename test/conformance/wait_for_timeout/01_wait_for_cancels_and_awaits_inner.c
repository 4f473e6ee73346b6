/* tutorial: on time-out wait_for cancels the inner task, waits for its cleanup, then raises
 * TimeoutError */
#include "port.h"

COIL_ASYNC(slow)
{
    int err = coil_sleep(1);
    if (err == -ECANCELED) {
        printf("inner CancelledError\n");
        MUST(coil_sleep(0.04));
        printf("inner cleanup over\n");
    }
    return err;
}

COIL_ASYNC(amain)
{
    if (coil_wait_for(slow(), 0.04) == -ETIMEDOUT)
        printf("TimeoutError\n");
    printf("cancelling = %d\n", coil_task_cancelling(coil_current_task()));
    return 0;
}
COIL_MAIN(amain())

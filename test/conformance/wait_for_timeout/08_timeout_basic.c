/* inside the block the time-out is CancelledError, outside it is TimeoutError; cancelling() is
 * back to 0 */
#include "port.h"

COIL_ASYNC(amain)
{
    coil_task *me = coil_current_task();
    int err, expired = 0;
    COIL_TIMEOUT(cm, 0.04, err)
    {
        err = coil_sleep(1);
        expired = coil_timeout_expired(cm);
        if (err == -ECANCELED)
            printf("inside CancelledError, expired %d cancelling %d\n", expired,
                   coil_task_cancelling(me));
    }
    if (err == -ETIMEDOUT)
        printf("outside TimeoutError, expired %d cancelling %d\n", expired,
               coil_task_cancelling(me));
    coil_timeout second;
    MUST(coil_timeout_enter(&second, 0.2));
    MUST(coil_timeout_exit(&second, coil_sleep(0.02)));
    printf("in time, expired %d\n", coil_timeout_expired(&second));
    return 0;
}
COIL_MAIN(amain())

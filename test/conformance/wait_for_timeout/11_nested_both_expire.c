/* when both deadlines passed before the task ran, the inner hands CancelledError on and the
 * outer reports TimeoutError */
#include "port.h"

COIL_ASYNC(amain)
{
    coil_task *me = coil_current_task();
    coil_timeout outer, inner;
    MUST(coil_timeout_enter(&outer, 0.04));
    MUST(coil_timeout_enter(&inner, 0.02));
    usleep(80000);
    int err = coil_timeout_exit(&inner, coil_sleep(1));
    if (err == -ETIMEDOUT)
        printf("inner TimeoutError\n");
    if (err == -ECANCELED)
        printf("inner CancelledError, cancelling %d\n", coil_task_cancelling(me));
    if (coil_timeout_exit(&outer, err) == -ETIMEDOUT)
        printf("outer TimeoutError, cancelling %d\n", coil_task_cancelling(me));
    printf("expired inner %d outer %d\n", coil_timeout_expired(&inner),
           coil_timeout_expired(&outer));
    return 0;
}
COIL_MAIN(amain())

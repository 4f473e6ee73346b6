/* a block that swallows the CancelledError ends normally: no TimeoutError, but expired() is
 * true */
#include "port.h"

COIL_ASYNC(amain)
{
    coil_timeout cm;
    MUST(coil_timeout_enter(&cm, 0.04));
    if (coil_sleep(1) == -ECANCELED)
        printf("swallowed\n");
    int err = coil_sleep(0.02);
    printf("work goes on after the deadline\n");
    MUST(coil_timeout_exit(&cm, err));
    printf("expired %d cancelling %d\n", coil_timeout_expired(&cm),
           coil_task_cancelling(coil_current_task()));
    return 0;
}
COIL_MAIN(amain())

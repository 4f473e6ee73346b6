/* an error raised by cleanup code after the deadline passes through; it is not turned into
 * TimeoutError */
#include "port.h"

COIL_ASYNC(amain)
{
    coil_timeout cm;
    MUST(coil_timeout_enter(&cm, 0.04));
    coil_ignore(coil_sleep(1));
    int err = coil_timeout_exit(&cm, coil_fail(-EDOM, "cleanup"));
    if (err == -EDOM)
        printf("ValueError: %s | expired %d cancelling %d\n", coil_error_message(err),
               coil_timeout_expired(&cm), coil_task_cancelling(coil_current_task()));
    return 0;
}
COIL_MAIN(amain())

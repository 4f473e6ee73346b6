/* reschedule moves the deadline either way; None disarms; when() reports it */
#include "port.h"

COIL_ASYNC(amain)
{
    int err;
    COIL_TIMEOUT(cm, 0.04, err)
    {
        MUST(coil_timeout_reschedule(cm, coil_time() + 0.4));
        MUST(coil_sleep(0.08));
        printf("extended, expired %d\n", coil_timeout_expired(cm));
        MUST(coil_timeout_reschedule(cm, COIL_FOREVER));
        printf("deadline is none: %d\n", coil_timeout_when(cm) == COIL_FOREVER);
    }
    coil_timeout late;
    MUST(coil_timeout_enter(&late, COIL_FOREVER));
    MUST(coil_timeout_reschedule(&late, coil_time() + 0.04));
    if (coil_timeout_exit(&late, coil_sleep(1)) == -ETIMEDOUT)
        printf("late deadline: TimeoutError\n");
    if (coil_timeout_reschedule(&late, coil_time() + 1) == -COIL_EINVALIDSTATE)
        printf("reschedule after exit: RuntimeError\n");
    return 0;
}
COIL_MAIN(amain())

/* time-outs in a loop do not leave cancellation requests behind */
#include "port.h"

COIL_ASYNC(flaky, (int, n))
{
    return coil_sleep(n < 2 ? 0.2 : 0.02);
}

COIL_ASYNC(amain)
{
    for (int n = 0; n < 4; n++) {
        int err;
        COIL_TIMEOUT(tm, 0.06, err)
        {
            err = flaky(n);
            if (err >= 0)
                printf("got attempt %d\n", n);
        }
        if (err >= 0)
            break;
        if (err == -ETIMEDOUT)
            printf("attempt %d timed out, cancelling %d\n", n,
                   coil_task_cancelling(coil_current_task()));
    }
    return 0;
}
COIL_MAIN(amain())

/* pattern: wait_for(event.wait(), period) gives a stoppable periodic job */
#include "port.h"

COIL_ASYNC(ticker, (coil_event *, stop))
{
    for (int n = 0;; n++) {
        int err = coil_wait_for(coil_event_wait(stop), 0.08);
        if (err == 0) {
            printf("stopped after %d ticks\n", n);
            return 0;
        }
        if (err != -ETIMEDOUT)
            return err;
        printf("tick %d\n", n);
    }
}

COIL_ASYNC(amain)
{
    coil_event stop;
    coil_event_init(&stop);
    coil_task *t = coil_create_task(ticker(&stop));
    MUST(coil_sleep(0.20));
    coil_event_set(&stop);
    return coil_await(t);
}
COIL_MAIN(amain())

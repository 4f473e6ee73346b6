/* timeout(0) or a past deadline fires at the next suspension only; a block that never suspends
 * succeeds */
#include "port.h"

COIL_ASYNC(amain)
{
    coil_timeout cm;
    MUST(coil_timeout_enter(&cm, 0));
    printf("body without suspension runs\n");
    MUST(coil_timeout_exit(&cm, 0));
    printf("expired %d\n", coil_timeout_expired(&cm));
    int err;
    COIL_TIMEOUT(past, -1, err)
    {
        err = coil_sleep(0);
        if (err >= 0)
            printf("after sleep(0) (never printed)\n");
    }
    if (err == -ETIMEDOUT)
        printf("TimeoutError at sleep(0)\n");
    MUST(coil_timeout_enter_at(&cm, coil_time() - 5));
    if (coil_timeout_exit(&cm, coil_sleep(1)) == -ETIMEDOUT)
        printf("TimeoutError at sleep(1)\n");
    return 0;
}
COIL_MAIN(amain())

/* if the inner swallows the cancellation and returns, wait_for returns that value instead of
 * TimeoutError */
#include "port.h"

COIL_ASYNC(stubborn, (const char *, ret, out))
{
    if (coil_sleep(1) == -ECANCELED)
        printf("ignored\n");
    MUST(coil_sleep(0.02));
    *ret = "value anyway";
    return 0;
}

COIL_ASYNC(amain)
{
    const char *value;
    MUST(coil_wait_for(stubborn(&value), 0.04));
    printf("%s\n", value);
    return 0;
}
COIL_MAIN(amain())

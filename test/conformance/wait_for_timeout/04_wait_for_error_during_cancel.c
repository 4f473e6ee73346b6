/* an error the inner raises while being cancelled is raised instead of TimeoutError */
#include "port.h"

COIL_ASYNC(child)
{
    coil_ignore(coil_sleep(1));
    return coil_fail(-EIO, "flush failed");
}

COIL_ASYNC(amain)
{
    int err = coil_wait_for(child(), 0.04);
    if (err == -ETIMEDOUT)
        printf("timed out\n");
    else if (err == -EIO)
        printf("OSError: %s\n", coil_error_message(err));
    return 0;
}
COIL_MAIN(amain())

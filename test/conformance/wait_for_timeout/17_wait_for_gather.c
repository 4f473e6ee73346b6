/* a time-out around gather cancels all its children */
#include "port.h"

COIL_ASYNC(child, (const char *, name), (int, units))
{
    int err = coil_sleep(units * 0.04);
    printf("%s %s\n", name, err == -ECANCELED ? "cancelled" : "finishes");
    return err;
}

COIL_ASYNC(amain)
{
    if (coil_wait_for(coil_gather(child("a", 1), child("b", 4), child("c", 5)), 0.08) == -ETIMEDOUT)
        printf("TimeoutError\n");
    return 0;
}
COIL_MAIN(amain())

/* all leftovers are cancelled first, then awaited together */
#include "port.h"

COIL_ASYNC(left, (int, n))
{
    int err = coil_sleep(5);
    MUST(coil_sleep((4 - n) * 0.04));
    printf("leftover %d clean\n", n);
    return err;
}

COIL_ASYNC(amain)
{
    for (int n = 1; n <= 3; n++)
        MUST(coil_spawn(left(n)));
    MUST(coil_sleep(0.02));
    printf("main ends\n");
    return 0;
}
COIL_MAIN(amain())

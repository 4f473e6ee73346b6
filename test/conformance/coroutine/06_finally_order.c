/* an error unwinds awaiting frames innermost first and each finally may itself await */
#include "port.h"

COIL_DECLARE(level, (int, n));

int level(int n)
{
    printf("enter %d\n", n);
    int err = n == 3 ? coil_fail(-EDOM, "deep") : level(n + 1);
    printf("cleanup begins %d\n", n);
    MUST(coil_sleep(0));
    printf("cleanup ends %d\n", n);
    return err;
}

COIL_ASYNC(amain)
{
    int err = level(1);
    if (err == -EDOM)
        printf("ValueError: %s\n", coil_error_message(err));
    return 0;
}
COIL_MAIN(amain())

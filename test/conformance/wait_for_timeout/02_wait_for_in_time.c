/* wait_for passes results and errors of an inner that is in time; None means no limit */
#include "port.h"

COIL_ASYNC(child, (int, units), (int, fail))
{
    MUST(coil_sleep(units * 0.02));
    return fail ? coil_fail(-EDOM, "boom") : units;
}

COIL_ASYNC(amain)
{
    printf("%d\n", coil_wait_for(child(1, 0), 0.2));
    printf("%d\n", coil_wait_for(child(2, 0), COIL_FOREVER));
    int err = coil_wait_for(child(1, 1), 0.2);
    if (err == -EDOM)
        printf("ValueError: %s\n", coil_error_message(err));
    return 0;
}
COIL_MAIN(amain())

/* leftovers are cancelled as well when main fails; main's error comes out afterwards */
#include "port.h"

COIL_ASYNC(left)
{
    int err = coil_sleep(5);
    printf("leftover finally\n");
    return err;
}

COIL_ASYNC(amain)
{
    MUST(coil_spawn(left()));
    MUST(coil_sleep(0.02));
    return coil_fail(-EDOM, "main boom");
}

int main(void)
{
    int err = coil_run(amain());
    if (err == -EDOM)
        printf("ValueError: %s\n", coil_error_message(err));
    return 0;
}

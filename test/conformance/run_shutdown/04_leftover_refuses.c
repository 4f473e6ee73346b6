/* a leftover that swallows its cancellation is waited for until it ends on its own */
#include "port.h"

COIL_ASYNC(left)
{
    if (coil_sleep(5) == -ECANCELED)
        printf("refused\n");
    for (int i = 0; i < 2; i++) {
        MUST(coil_sleep(0.02));
        printf("still working %d\n", i);
    }
    return 0;
}

COIL_ASYNC(amain)
{
    MUST(coil_spawn(left()));
    MUST(coil_sleep(0.02));
    printf("main ends\n");
    return 0;
}

int main(void)
{
    int err = coil_run(amain());
    printf("run returned\n");
    return err < 0;
}

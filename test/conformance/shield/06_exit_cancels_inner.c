/* shield does not protect from the end of run(): the inner is a leftover task like any other */
#include "port.h"

COIL_ASYNC(inner)
{
    int err = coil_sleep(1);
    if (err == -ECANCELED)
        printf("inner cancelled at exit\n");
    return err;
}

COIL_ASYNC(amain)
{
    coil_future *s = coil_shield_future(coil_create_task(inner()));
    MUST(coil_sleep(0.02));
    printf("main ends, shield done: %d\n", coil_future_done(s));
    coil_future_unref(s);
    return 0;
}
COIL_MAIN(amain())

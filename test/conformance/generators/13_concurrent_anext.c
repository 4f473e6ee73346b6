/* a second request while an async generator is already running is an error */
#include "port.h"

COIL_ASYNC(source)
{
    int v = 1;
    MUST(coil_sleep(0.04));
    return coil_generator_yield(&v, NULL);
}

COIL_ASYNC(amain)
{
    int v;
    COIL_GENERATOR(g, source(), sizeof v);
    coil_task *t = coil_create_task(coil_generator_next(g, &v));
    MUST(coil_sleep(0.02));
    if (coil_generator_next(g, &v) == -COIL_EINVALIDSTATE)
        printf("RuntimeError\n");
    MUST(coil_await(t));
    printf("first request: %d\n", v);
    return 0;
}
COIL_MAIN(amain())

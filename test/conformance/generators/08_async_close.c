/* leaving async for by break does not close the generator; aclose() runs its finally, which may await */
#include "port.h"

COIL_ASYNC(source)
{
    int err = 0;
    for (int i = 0; err >= 0; i++)
        err = coil_generator_yield(&i, NULL);
    printf("cleanup begins\n");
    MUST(coil_sleep(0.02));
    printf("cleanup ends\n");
    return err;
}

COIL_ASYNC(amain)
{
    int err, v;
    COIL_GENERATOR(g, source(), sizeof v);
    COIL_ASYNC_FOR(err, coil_generator_next(g, &v))
    {
        printf("%d\n", v);
        if (v == 2)
            break;
    }
    MUST(err);
    printf("left the loop\n");
    MUST(coil_generator_next(g, &v));
    printf("next value is still there: %d\n", v);
    MUST(coil_generator_close(g));
    printf("closed\n");
    if (coil_generator_next(g, &v) == -COIL_ESTOPITERATION)
        printf("StopAsyncIteration\n");
    return coil_generator_close(g);
}
COIL_MAIN(amain())

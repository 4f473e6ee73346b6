/* an error in an async generator reaches the consumer and ends the generator */
#include "port.h"

COIL_ASYNC(source)
{
    int v = 1;
    MUST(coil_generator_yield(&v, NULL));
    MUST(coil_sleep(0));
    return coil_fail(-EDOM, "broken source");
}

COIL_ASYNC(amain)
{
    int err, v;
    COIL_GENERATOR(g, source(), sizeof v);
    COIL_ASYNC_FOR(err, coil_generator_next(g, &v))
    printf("%d\n", v);
    if (err == -EDOM)
        printf("ValueError: %s\n", coil_error_message(err));
    COIL_ASYNC_FOR(err, coil_generator_next(g, &v))
    printf("never\n");
    MUST(err);
    printf("exhausted\n");
    return 0;
}
COIL_MAIN(amain())

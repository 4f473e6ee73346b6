/* an error thrown in and not handled comes back to the thrower and ends the generator */
#include "port.h"

COIL_ASYNC(gen)
{
    int err = 0;
    for (int i = 1; i <= 2 && err >= 0; i++)
        err = coil_generator_yield(&i, NULL);
    printf("finally\n");
    return err;
}

int main(void)
{
    int v;
    COIL_GENERATOR(g, gen(), sizeof v);
    MUST(coil_generator_next(g, &v));
    printf("%d\n", v);
    int err = coil_generator_throw(g, coil_fail(-EDOM, "boom"), NULL);
    if (err == -EDOM)
        printf("ValueError: %s\n", coil_error_message(err));
    if (coil_generator_next(g, &v) == -COIL_ESTOPITERATION)
        printf("exhausted\n");
    COIL_GENERATOR(h, gen(), sizeof v);
    err = coil_generator_throw(h, coil_fail(-EDOM, "early"), NULL);
    if (err == -EDOM)
        printf("not started, no finally. ValueError: %s\n", coil_error_message(err));
    return 0;
}

/* tutorial: a generator runs only between requests and ends with a stop signal */
#include "port.h"

COIL_ASYNC(countdown, (int, n))
{
    printf("begins\n");
    for (; n > 0; n--)
        MUST(coil_generator_yield(&n, NULL));
    printf("ends\n");
    return 0;
}

int main(void)
{
    int err, v;
    COIL_GENERATOR(g, countdown(3), sizeof v);
    printf("created\n");
    COIL_ASYNC_FOR(err, coil_generator_next(g, &v))
    printf("value %d\n", v);
    if (coil_generator_next(g, &v) == -COIL_ESTOPITERATION)
        printf("StopIteration again\n");
    return err < 0;
}

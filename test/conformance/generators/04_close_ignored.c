/* a generator that yields while being closed is an error */
#include "port.h"

COIL_ASYNC(stubborn)
{
    int v = 1;
    if (coil_generator_yield(&v, NULL) == -COIL_EGENERATOREXIT)
        printf("got the close request\n");
    v = 2;
    return coil_generator_yield(&v, NULL);
}

COIL_ASYNC(returns)
{
    int v = 1;
    if (coil_generator_yield(&v, NULL) == -COIL_EGENERATOREXIT)
        printf("leaves quietly\n");
    return 0;
}

int main(void)
{
    COIL_GENERATOR(g, stubborn(), sizeof(int));
    MUST(coil_generator_next(g, NULL));
    if (coil_generator_close(g) == -COIL_EINVALIDSTATE)
        printf("RuntimeError\n");
    COIL_GENERATOR(r, returns(), sizeof(int));
    MUST(coil_generator_next(r, NULL));
    MUST(coil_generator_close(r));
    printf("end\n");
    return 0;
}

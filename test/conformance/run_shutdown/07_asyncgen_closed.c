/* an async generator left unfinished gets its finally run by shutdown_asyncgens */
#include "port.h"

COIL_ASYNC(source)
{
    int err = 0;
    for (int i = 0; i < 10 && err >= 0; i++)
        err = coil_generator_yield(&i, NULL);
    MUST(coil_sleep(0.02));
    printf("finally of the generator\n");
    return err;
}

static coil_generator *g;

COIL_ASYNC(amain)
{
    int err, v;
    COIL_ASYNC_FOR(err, coil_generator_next(g, &v))
    {
        printf("%d\n", v);
        if (v == 1)
            break;
    }
    printf("main ends\n");
    return err;
}

int main(void)
{
    g = coil_generator_new(source(), sizeof(int));
    int err = coil_run(amain());
    printf("run returned\n");
    coil_generator_free(g);
    return err < 0;
}

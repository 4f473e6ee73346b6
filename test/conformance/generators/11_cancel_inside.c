/* a task cancelled while its async generator awaits unwinds the generator first, then the task */
#include "port.h"

static int values(void)
{
    int v = 1;
    MUST(coil_generator_yield(&v, NULL));
    MUST(coil_sleep(1));
    v = 2;
    return coil_generator_yield(&v, NULL);
}

COIL_ASYNC(source)
{
    int err = values();
    printf("generator finally\n");
    return err;
}

COIL_ASYNC(use)
{
    int err, v;
    COIL_GENERATOR(g, source(), sizeof v);
    COIL_ASYNC_FOR(err, coil_generator_next(g, &v))
    printf("value %d\n", v);
    printf("consumer finally\n");
    return err;
}

COIL_ASYNC(amain)
{
    coil_task *t = coil_create_task(use());
    MUST(coil_sleep(0.02));
    coil_task_cancel(t);
    MUST(coil_wait(&t, 1, COIL_ALL_COMPLETED, -1, NULL));
    printf("cancelled %d\n", coil_await(t) == -ECANCELED);
    return 0;
}
COIL_MAIN(amain())

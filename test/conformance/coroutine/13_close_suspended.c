/* closing a suspended coroutine runs its finally blocks; closing an unstarted one runs nothing */
#include "port.h"

COIL_ASYNC(work, (coil_future *, loop_future))
{
    printf("started\n");
    int err = coil_future_await(loop_future, NULL);
    printf("finally on close\n");
    return err;
}

COIL_ASYNC(amain)
{
    coil_future *f = coil_future_new();
    coil_generator *c = coil_coroutine_new(work(f), 0);
    MUST(coil_generator_send(c, NULL, NULL));
    MUST(coil_generator_close(c));
    printf("closed\n");
    coil_generator *d = coil_coroutine_new(work(f), 0);
    MUST(coil_generator_close(d));
    printf("unstarted closed silently\n");
    if (coil_coroutine_await(d) == -COIL_ECALLUSED)
        printf("RuntimeError\n");
    coil_generator_free(c);
    coil_generator_free(d);
    coil_future_unref(f);
    return 0;
}
COIL_MAIN(amain())

/* remove_done_callback removes every equal registration and returns the count */
#include "port.h"

static int cb(coil_future *f, void *arg)
{
    (void)f;
    (void)arg;
    printf("cb\n");
    return 0;
}

static int keep(coil_future *f, void *arg)
{
    (void)f;
    (void)arg;
    printf("keep\n");
    return 0;
}

COIL_ASYNC(amain)
{
    coil_future *f = coil_future_new();
    MUST(coil_future_add_done_callback(f, cb, NULL));
    MUST(coil_future_add_done_callback(f, keep, NULL));
    MUST(coil_future_add_done_callback(f, cb, NULL));
    printf("removed %d\n", coil_future_remove_done_callback(f, cb, NULL));
    printf("removed %d\n", coil_future_remove_done_callback(f, cb, NULL));
    MUST(coil_future_set_result(f, NULL));
    MUST(coil_sleep(0));
    printf("end\n");
    coil_future_unref(f);
    return 0;
}
COIL_MAIN(amain())

/* loop-bound calls outside a running loop fail; nesting a second run fails */
#include "port.h"

COIL_ASYNC(noop)
{
    return 1;
}

COIL_ASYNC(amain)
{
    coil_loop *loop = coil_loop_running();
    printf("running: %d\n", coil_loop_is_running(loop));
    if (coil_run(noop()) == -COIL_ELOOPRUNNING)
        printf("nested run: RuntimeError\n");
    if (coil_loop_run_until_complete(loop, noop()) == -COIL_ELOOPRUNNING)
        printf("nested run_until_complete: RuntimeError\n");
    printf("still works: %d\n", noop());
    return 0;
}

int main(void)
{
    if (!coil_loop_running())
        printf("no running loop: RuntimeError\n");
    int err = coil_run(amain());
    if (!coil_create_task(noop()))
        printf("create_task outside: RuntimeError\n");
    return err < 0;
}

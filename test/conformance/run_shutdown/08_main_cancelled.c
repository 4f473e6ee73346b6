/* a main that ends cancelled makes run() raise CancelledError */
#include "port.h"

static int cancel(void *task)
{
    return coil_task_cancel(task);
}

COIL_ASYNC(amain)
{
    coil_call_later(0.02, cancel, coil_current_task());
    int err = coil_sleep(5);
    printf("main finally\n");
    return err;
}

int main(void)
{
    if (coil_run(amain()) == -ECANCELED)
        printf("CancelledError\n");
    return 0;
}

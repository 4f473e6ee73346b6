/* 3.13 uncancel down to zero also withdraws a cancellation not yet delivered */
#include "port.h"

COIL_ASYNC(child)
{
    coil_task *me = coil_current_task();
    coil_task_cancel(me);
    printf("uncancel %d\n", coil_task_uncancel(me));
    MUST(coil_sleep(0));
    printf("not interrupted\n");
    return 0;
}

COIL_ASYNC(amain)
{
    int ndone;
    coil_task *t = coil_create_task(child());
    MUST(coil_wait(&t, 1, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
    printf("cancelled %d\n", coil_task_cancelled(t));
    coil_task_unref(t);
    return 0;
}
COIL_MAIN(amain())

/* a cancel request still undelivered when the coroutine returns makes the task cancelled; the
 * value is lost */
#include "port.h"

COIL_ASYNC(child)
{
    coil_task_cancel(coil_current_task());
    return 0;
}

COIL_ASYNC(failing)
{
    coil_task_cancel(coil_current_task());
    return coil_fail(-EDOM, "boom");
}

COIL_ASYNC(amain)
{
    int ndone;
    coil_task *ts[2] = {coil_create_task(child()), coil_create_task(failing())};
    MUST(coil_wait(ts, 2, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
    printf("returned: cancelled %d\n", coil_task_cancelled(ts[0]));
    const coil_error *e = NULL;
    coil_ignore(coil_task_error(ts[1], &e));
    printf("raised: cancelled %d error %s\n", coil_task_cancelled(ts[1]), e ? e->message : "None");
    coil_task_unref(ts[0]);
    coil_task_unref(ts[1]);
    return 0;
}
COIL_MAIN(amain())

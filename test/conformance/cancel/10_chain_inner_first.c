/* cancelling A, which awaits task B, cancels B; B unwinds first, then A */
#include "port.h"

COIL_ASYNC(inner)
{
    int err = coil_sleep(1);
    printf("inner cleanup begins\n");
    MUST(coil_sleep(0.04));
    printf("inner cleanup ends\n");
    return err;
}

COIL_ASYNC(outer, (coil_task *, b))
{
    int err = coil_await(b);
    printf("outer finally\n");
    return err;
}

COIL_ASYNC(amain)
{
    int ndone;
    coil_task *b = coil_task_ref(coil_create_task(inner()));
    coil_task *a = coil_create_task(outer(b));
    MUST(coil_sleep(0.02));
    coil_task_cancel(a);
    printf("requested on a: %d on b: %d\n", coil_task_cancelling(a), coil_task_cancelling(b));
    MUST(coil_wait(&a, 1, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
    printf("a %d b %d\n", coil_task_cancelled(a), coil_task_cancelled(b));
    coil_task_unref(a);
    coil_task_unref(b);
    return 0;
}
COIL_MAIN(amain())

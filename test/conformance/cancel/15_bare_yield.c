/* a task in sleep(0) (not waiting on any future) is cancelled at its next step */
#include "port.h"

COIL_ASYNC(child)
{
    int i = 0, err = 0;
    while (err >= 0) {
        printf("round %d\n", i);
        i++;
        err = coil_sleep(0);
    }
    printf("stopped after %d\n", i);
    return err;
}

COIL_ASYNC(amain)
{
    int ndone;
    coil_task *t = coil_create_task(child());
    MUST(coil_sleep(0));
    MUST(coil_sleep(0));
    coil_task_cancel(t);
    MUST(coil_wait(&t, 1, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
    coil_task_unref(t);
    return 0;
}
COIL_MAIN(amain())

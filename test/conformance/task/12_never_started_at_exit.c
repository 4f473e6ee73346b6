/* a task created in the last step of main still gets its first step (the loop stops one pass
 * later), the rest is cancelled */
#include "port.h"

COIL_ASYNC(child)
{
    printf("child first step\n");
    int err = coil_sleep(0);
    if (err >= 0)
        printf("child second step (never printed)\n");
    printf("child finally\n");
    return err;
}

static int tell(coil_task *t, void *arg)
{
    (void)arg;
    printf("child cancelled: %d\n", coil_task_cancelled(t));
    return 0;
}

COIL_ASYNC(amain)
{
    coil_task *t = coil_create_task(child());
    MUST(coil_task_add_done_callback(t, tell, NULL));
    coil_task_unref(t);
    printf("main ends\n");
    return 0;
}

int main(void)
{
    int err = coil_run(amain());
    printf("program ends\n");
    return err < 0;
}

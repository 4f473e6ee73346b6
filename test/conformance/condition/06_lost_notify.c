/* notify with nobody waiting is not remembered */
#include "port.h"

COIL_ASYNC(waiter, (coil_condition *, cond))
{
    MUST(coil_condition_acquire(cond));
    int err = coil_condition_wait(cond);
    printf("woken\n");
    coil_condition_release(cond);
    return err;
}

static int notify(coil_condition *cond)
{
    MUST(coil_condition_acquire(cond));
    coil_condition_notify(cond, 1);
    return coil_condition_release(cond);
}

COIL_ASYNC(amain)
{
    coil_condition cond;
    coil_condition_init(&cond, NULL);
    MUST(notify(&cond));
    coil_task *t = coil_create_task(waiter(&cond));
    MUST(coil_sleep(0.02));
    printf("woken by the earlier notify: %d\n", coil_task_done(t));
    MUST(notify(&cond));
    return coil_await(t);
}
COIL_MAIN(amain())

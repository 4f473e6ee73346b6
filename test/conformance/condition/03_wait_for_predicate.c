/* wait_for re-checks the predicate after each wake-up and returns its value */
#include "port.h"

static int state;

static int enough(void *arg)
{
    (void)arg;
    printf("check %d\n", state);
    return state >= 3;
}

COIL_ASYNC(waiter, (coil_condition *, cond))
{
    MUST(coil_condition_acquire(cond));
    int value = coil_condition_wait_for(cond, enough, NULL);
    if (value == 1)
        printf("result enough\n");
    coil_condition_release(cond);
    return value;
}

COIL_ASYNC(amain)
{
    coil_condition cond;
    coil_condition_init(&cond, NULL);
    coil_task *t = coil_create_task(waiter(&cond));
    while (!coil_task_done(t)) {
        MUST(coil_sleep(0.02));
        if (coil_task_done(t))
            break;
        MUST(coil_condition_acquire(&cond));
        state++;
        coil_condition_notify(&cond, 1);
        coil_condition_release(&cond);
    }
    return coil_await(t);
}
COIL_MAIN(amain())

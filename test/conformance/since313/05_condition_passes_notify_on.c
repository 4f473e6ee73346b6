/* 3.13 a waiter cancelled after it was notified passes the notification to the next waiter */
#include "port.h"

COIL_ASYNC(waiter, (char, n), (coil_condition *, cond))
{
    MUST(coil_condition_acquire(cond));
    int err = coil_condition_wait(cond);
    printf(err == -ECANCELED ? "%c cancelled\n" : "%c woken\n", n);
    coil_condition_release(cond);
    return err;
}

COIL_ASYNC(amain)
{
    coil_condition cond;
    int ndone;
    coil_condition_init(&cond, NULL);
    coil_task *a, *b;
    coil_task *ts[2] = {a = coil_create_task(waiter('A', &cond)),
                        b = coil_create_task(waiter('B', &cond))};
    MUST(coil_sleep(0));
    MUST(coil_condition_acquire(&cond));
    coil_condition_notify(&cond, 1);
    coil_task_cancel(a);
    coil_condition_release(&cond);
    MUST(coil_sleep(0.02));
    printf("B done: %d\n", coil_task_done(b));
    coil_task_cancel(b);
    MUST(coil_wait(ts, 2, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
    coil_task_unref(a);
    coil_task_unref(b);
    return 0;
}
COIL_MAIN(amain())

/* a deadline that strikes in a task that is cancelled from outside too leaves the CancelledError; expired() and cancelling() tell */
#include "said.h"

COIL_ASYNC(limited, (const char *, label))
{
    int err, expired = 0;
    COIL_TIMEOUT(tm, 0.01, err)
    {
        err = coil_sleep(5);
        expired = coil_timeout_expired(tm);
    }
    coil_task *me = coil_current_task();
    if (err == -ETIMEDOUT)
        printf("%s timed out %d %d\n", label, expired, coil_task_cancelling(me));
    if (err == -ECANCELED)
        printf("%s cancelled %d %d\n", label, expired, coil_task_cancelling(me));
    return err == -ETIMEDOUT ? 0 : err;
}

static int outcome(coil_task *t)
{
    printf("%s\n", coil_await(t) == -ECANCELED ? "main sees cancelled" : "ended");
    return 0;
}

static int cancel(void *t)
{
    return coil_task_cancel(t);
}

COIL_ASYNC(amain)
{
    coil_task *t = coil_create_task(limited("cancel first"));
    MUST(coil_sleep(0));
    coil_call_soon(cancel, t);
    usleep(30000);
    MUST(outcome(t));
    t = coil_create_task(limited("deadline first"));
    MUST(coil_sleep(0));
    coil_call_later(0.02, cancel, t);
    usleep(40000);
    MUST(outcome(t));
    t = coil_create_task(limited("late cancel"));
    MUST(coil_sleep(0.03));
    printf("%d\n", coil_task_cancel(t));
    return outcome(t);
}
COIL_MAIN(amain())

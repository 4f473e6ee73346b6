/* cancelling the awaiter of a gather passes the message to every child; a gather future that is cancelled before its children start runs none */
#include "said.h"

COIL_ASYNC(child, (int, n))
{
    printf("start %d\n", n);
    int err = coil_sleep(5);
    if (err == -ECANCELED)
        printf("child %d %s\n", n, coil_error_message(err));
    return err;
}

COIL_ASYNC(outer)
{
    int err = coil_gather(child(1), child(2));
    if (err == -ECANCELED)
        printf("outer %s\n", coil_error_message(err));
    return err;
}

COIL_ASYNC(amain)
{
    coil_task *t = coil_create_task(outer());
    MUST(coil_sleep(0.01));
    coil_task_cancel_msg(t, "stop");
    int err = coil_await(t);
    if (err == -ECANCELED)
        printf("main %s\n", coil_error_message(err));
    coil_future *g = coil_gather_future(child(3), child(4));
    int taken = coil_future_cancel_msg(g, "never");
    printf("%d %d\n", taken, coil_future_done(g));
    err = coil_future_await(g, NULL);
    if (err == -ECANCELED)
        printf("gather %d\n", coil_future_cancelled(g));
    coil_future_unref(g);
    return 0;
}
COIL_MAIN(amain())

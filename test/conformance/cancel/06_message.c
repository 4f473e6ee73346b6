/* the message given to cancel() arrives in the target and with whoever awaits the target */
#include "port.h"

COIL_ASYNC(child)
{
    int err = coil_sleep(1);
    if (err == -ECANCELED)
        printf("child: %s\n", coil_error_message(err));
    return err;
}

COIL_ASYNC(amain)
{
    coil_task *t = coil_create_task(child());
    MUST(coil_sleep(0.02));
    coil_task_cancel_msg(t, "too slow");
    int err = coil_await(t);
    if (err == -ECANCELED)
        printf("main: %s\n", coil_error_message(err));
    return 0;
}
COIL_MAIN(amain())

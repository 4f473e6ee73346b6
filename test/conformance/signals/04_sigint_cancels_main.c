/* SIGINT during run() cancels the main task; after its cleanup run() ends with
 * KeyboardInterrupt */
#include "port.h"

#include <signal.h>

static int interrupt(void *arg)
{
    (void)arg;
    return kill(getpid(), SIGINT);
}

COIL_ASYNC(amain)
{
    coil_call_later(0.04, interrupt, NULL);
    int err = coil_sleep(2);
    if (err == -ECANCELED) {
        printf("main CancelledError, cancelling %d\n", coil_task_cancelling(coil_current_task()));
        MUST(coil_sleep(0.02));
        printf("cleanup over\n");
    }
    return err;
}

int main(void)
{
    signal(SIGINT, SIG_DFL);
    if (coil_run(amain()) == -EINTR)
        printf("KeyboardInterrupt\n");
    return 0;
}

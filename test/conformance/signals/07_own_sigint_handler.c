/* a SIGINT handler of the user's own takes precedence over run()'s */
#include "port.h"

#include <signal.h>

static int set(void *future)
{
    return coil_future_set_result(future, "handled");
}

static int interrupt(void *arg)
{
    (void)arg;
    return kill(getpid(), SIGINT);
}

COIL_ASYNC(amain)
{
    coil_future *f = coil_future_new();
    void *value;
    MUST(coil_add_signal_handler(SIGINT, set, f));
    coil_call_later(0.04, interrupt, NULL);
    MUST(coil_future_await(f, &value));
    printf("%s\n", (const char *)value);
    printf("main is not cancelled: %d\n", coil_task_cancelling(coil_current_task()));
    coil_future_unref(f);
    return 0;
}

int main(void)
{
    signal(SIGINT, SIG_DFL);
    return coil_run(amain()) < 0;
}

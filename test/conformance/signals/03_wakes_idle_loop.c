/* a signal wakes a loop that sleeps with nothing else to do */
#include "port.h"

#include <signal.h>
#include <sys/time.h>

static int set(void *future)
{
    return coil_future_set_result(future, "alarm");
}

COIL_ASYNC(amain)
{
    coil_future *f = coil_future_new();
    void *value;
    MUST(coil_add_signal_handler(SIGALRM, set, f));
    struct itimerval in_60_ms = {.it_value.tv_usec = 60000};
    setitimer(ITIMER_REAL, &in_60_ms, NULL);
    printf("waiting\n");
    MUST(coil_future_await(f, &value));
    printf("%s\n", (const char *)value);
    coil_future_unref(f);
    return 0;
}
COIL_MAIN(amain())

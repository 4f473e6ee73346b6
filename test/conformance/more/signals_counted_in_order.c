/* each delivery of a signal is one call of its handler, in the order of the deliveries, whatever the numbers; the handler is looked up when its turn comes */
#include <signal.h>

#include "said.h"

static int say(void *text)
{
    printf("%s\n", (char *)text);
    return 0;
}

static void raise_all(const int *signals, int n)
{
    for (int i = 0; i < n; i++)
        kill(getpid(), signals[i]);
}

COIL_ASYNC(amain)
{
    MUST(coil_add_signal_handler(SIGUSR1, say, "usr1"));
    MUST(coil_add_signal_handler(SIGUSR2, say, "usr2"));
    MUST(coil_add_signal_handler(SIGHUP, say, "hup"));
    raise_all((int[]){SIGUSR2, SIGUSR1, SIGUSR1, SIGHUP, SIGUSR2}, 5);
    printf("sent five\n");
    MUST(coil_sleep(0.02));
    printf("turn\n");
    raise_all((int[]){SIGUSR1, SIGHUP, SIGUSR1}, 3);
    coil_remove_signal_handler(SIGUSR1);
    MUST(coil_add_signal_handler(SIGUSR1, say, "another usr1"));
    MUST(coil_sleep(0.02));
    printf("turn\n");
    raise_all((int[]){SIGUSR1, SIGHUP}, 2);
    MUST(coil_add_signal_handler(SIGHUP, say, "replaced hup"));
    MUST(coil_sleep(0.02));
    printf("end\n");
    return 0;
}
COIL_MAIN(amain())

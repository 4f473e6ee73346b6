/* self-rescheduling call_soon chains do not starve timers or I/O */
#include "port.h"

static int spins, stop;

static int spin(void *arg)
{
    spins++;
    return stop || coil_call_soon(spin, arg) ? 0 : -ENOMEM;
}

static int tick(void *arg)
{
    (void)arg;
    printf("timer fired although the ready queue never empties\n");
    stop = 1;
    return 0;
}

COIL_ASYNC(amain)
{
    MUST(spin(NULL));
    coil_call_later(0.02, tick, NULL);
    while (!stop)
        MUST(coil_sleep(0));
    printf("spun more than 10 times: %d\n", spins > 10);
    return 0;
}
COIL_MAIN(amain())

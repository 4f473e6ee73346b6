/* pattern: SIGTERM sets a stop event; workers end in order, no cancellation needed */
#include "port.h"

#include <signal.h>

COIL_ASYNC(worker, (int, n), (coil_event *, stop))
{
    int rounds = 0;
    while (!coil_event_is_set(stop)) {
        MUST(coil_sleep(0.08));
        rounds++;
    }
    printf("worker %d stops after %d\n", n, rounds);
    return 0;
}

static int set(void *event)
{
    coil_event_set(event);
    return 0;
}

static int terminate(void *arg)
{
    (void)arg;
    return kill(getpid(), SIGTERM);
}

COIL_ASYNC(amain)
{
    coil_event stop;
    coil_event_init(&stop);
    MUST(coil_add_signal_handler(SIGTERM, set, &stop));
    MUST(coil_add_signal_handler(SIGINT, set, &stop));
    coil_task *a = coil_create_task(worker(0, &stop)), *b = coil_create_task(worker(1, &stop));
    coil_call_later(0.12, terminate, NULL);
    MUST(coil_event_wait(&stop));
    printf("stop requested\n");
    MUST(coil_gather(coil_await(a), coil_await(b)));
    printf("clean exit\n");
    return 0;
}
COIL_MAIN(amain())

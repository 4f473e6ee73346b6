/* add_signal_handler runs its callback as a loop callback, not inside the interrupted code */
#include "port.h"

#include <signal.h>

static coil_event got;

static int on_usr1(void *tag)
{
    printf("handler %s | in a task: %d\n", (const char *)tag, coil_current_task() != NULL);
    coil_event_set(&got);
    return 0;
}

COIL_ASYNC(amain)
{
    coil_event_init(&got);
    MUST(coil_add_signal_handler(SIGUSR1, on_usr1, "usr1"));
    kill(getpid(), SIGUSR1);
    printf("kill returned, handler has not run yet\n");
    MUST(coil_event_wait(&got));
    printf("main woken\n");
    return 0;
}
COIL_MAIN(amain())

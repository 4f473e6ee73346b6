/* death by signal n gives returncode -n; signalling a finished process is ProcessLookupError */
#include "port.h"

#include <signal.h>

static COIL_ASYNC(sleeper, (coil_process *, ret, out))
{
    const char *const argv[] = {"sleep", "5", NULL};
    return coil_create_subprocess_exec(argv, NULL, ret);
}

COIL_ASYNC(amain)
{
    static int (*const how[])(coil_process *) = {coil_process_terminate, coil_process_kill};
    static const char *const names[] = {"terminate", "kill"};
    coil_process *p;
    int code;
    for (int i = 0; i < 2; i++) {
        MUST(sleeper(&p));
        MUST(how[i](p));
        MUST(coil_process_wait(p, &code));
        printf("%s %d\n", names[i], code);
        MUST(coil_process_close(p));
    }
    MUST(sleeper(&p));
    MUST(coil_process_send_signal(p, SIGINT));
    MUST(coil_process_wait(p, &code));
    printf("SIGINT %d\n", code);
    if (coil_process_kill(p) == -ESRCH)
        printf("ProcessLookupError\n");
    return coil_process_close(p);
}
COIL_MAIN(amain())

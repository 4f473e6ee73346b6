/* a time-out on wait() does not end the process: kill it and wait again */
#include "port.h"

COIL_ASYNC(amain)
{
    const char *const argv[] = {"sleep", "5", NULL};
    coil_process *p;
    int code;
    MUST(coil_create_subprocess_exec(argv, NULL, &p));
    if (coil_wait_for(coil_process_wait(p, &code), 0.06) == -ETIMEDOUT)
        printf("TimeoutError, running %d\n", coil_process_returncode(p, NULL) == 0);
    MUST(coil_process_kill(p));
    MUST(coil_process_wait(p, &code));
    printf("exit %d\n", code);
    return coil_process_close(p);
}
COIL_MAIN(amain())

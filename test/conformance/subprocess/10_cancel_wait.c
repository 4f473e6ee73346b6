/* cancelling the task that waits leaves the process running */
#include "port.h"

COIL_ASYNC(amain)
{
    const char *const argv[] = {"sleep", "5", NULL};
    coil_process *p;
    int code;
    MUST(coil_create_subprocess_exec(argv, NULL, &p));
    coil_task *t = coil_create_task(coil_process_wait(p, &code));
    MUST(coil_sleep(0.04));
    coil_task_cancel(t);
    int err = coil_await(t);
    printf("wait cancelled %d running %d\n", err == -ECANCELED,
           coil_process_returncode(p, NULL) == 0);
    MUST(coil_process_terminate(p));
    MUST(coil_process_wait(p, &code));
    printf("exit %d\n", code);
    return coil_process_close(p);
}
COIL_MAIN(amain())

/* communicate collects output until EOF and the exit status */
#include "port.h"

COIL_ASYNC(amain)
{
    const char *const argv[] = {"sh", "-c", "echo out; echo err >&2; exit 3", NULL};
    const coil_process_options pipes = {.out = COIL_PIPE, .err = COIL_PIPE};
    coil_process *p;
    coil_process_output got;
    int code;
    MUST(coil_create_subprocess_exec(argv, &pipes, &p));
    printf("running %d\n", coil_process_returncode(p, &code) == 0);
    MUST(coil_process_communicate(p, NULL, 0, &got));
    MUST(coil_process_returncode(p, &code));
    printf("b'%.*s\\n' b'%.*s\\n' exit %d\n", (int)strcspn(got.out, "\n"), got.out,
           (int)strcspn(got.err, "\n"), got.err, code);
    MUST(coil_process_wait(p, &code));
    printf("wait again %d\n", code);
    return coil_process_close(p);
}
COIL_MAIN(amain())

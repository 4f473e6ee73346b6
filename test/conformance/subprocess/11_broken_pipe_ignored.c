/* communicate ignores a child that does not read its input */
#include "port.h"

COIL_ASYNC(amain)
{
    const char *const argv[] = {"sh", "-c", "exec <&-; echo early; exit 0", NULL};
    const coil_process_options pipes = {.in = COIL_PIPE, .out = COIL_PIPE};
    static char input[500000];
    memset(input, 'x', sizeof input);
    coil_process *p;
    coil_process_output got;
    int code;
    MUST(coil_create_subprocess_exec(argv, &pipes, &p));
    MUST(coil_process_communicate(p, input, sizeof input, &got));
    MUST(coil_process_returncode(p, &code));
    printf("%.*s exit %d\n", (int)strcspn(got.out, "\n"), got.out, code);
    return coil_process_close(p);
}
COIL_MAIN(amain())

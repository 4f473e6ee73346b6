/* a missing program is an error of the create call, not an exit status (with a shell it is
 * status 127) */
#include "port.h"

COIL_ASYNC(amain)
{
    coil_process *p;
    int code;
    const char *const none[] = {"/no/such/program", NULL};
    if (coil_create_subprocess_exec(none, NULL, &p) == -ENOENT)
        printf("FileNotFoundError\n");
    const char *const shell[] = {"sh", "-c", "true", NULL};
    const coil_process_options elsewhere = {.cwd = "/no/such/dir"};
    if (coil_create_subprocess_exec(shell, &elsewhere, &p) == -ENOENT)
        printf("bad cwd FileNotFoundError\n");
    const coil_process_options quiet = {.err = COIL_DEVNULL};
    MUST(coil_create_subprocess_shell("/no/such/program", &quiet, &p));
    MUST(coil_process_wait(p, &code));
    printf("shell exit %d\n", code);
    return coil_process_close(p);
}
COIL_MAIN(amain())

/* env replaces the environment, cwd sets the directory */
#include "port.h"

COIL_ASYNC(amain)
{
    const char *const argv[] = {"/bin/sh", "-c", "echo $NAME; pwd; echo ${HOME:-unset}", NULL};
    const char *const env[] = {"NAME=coil", NULL};
    const coil_process_options options = {.out = COIL_PIPE, .env = env, .cwd = "/usr"};
    coil_process *p;
    coil_process_output got;
    MUST(coil_create_subprocess_exec(argv, &options, &p));
    MUST(coil_process_communicate(p, NULL, 0, &got));
    for (size_t i = 0; i < got.out_size; i++)
        putchar(got.out[i] == '\n' && i + 1 < got.out_size ? ' ' : got.out[i]);
    return coil_process_close(p);
}
COIL_MAIN(amain())

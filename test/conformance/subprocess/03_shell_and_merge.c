/* shell pipelines work; stderr=STDOUT merges both; DEVNULL drops */
#include "port.h"

static void print_split(char *text)
{
    const char *before = "[";
    for (char *word = strtok(text, "\n"); word; word = strtok(NULL, "\n")) {
        printf("%sb'%s'", before, word);
        before = ", ";
    }
    printf("]\n");
}

static COIL_ASYNC(print_output, (const char *, command), (int, err))
{
    const coil_process_options options = {.out = COIL_PIPE, .err = err};
    coil_process *p;
    coil_process_output got;
    MUST(coil_create_subprocess_shell(command, &options, &p));
    MUST(coil_process_communicate(p, NULL, 0, &got));
    char *copy = strdup(got.out);
    print_split(copy);
    free(copy);
    return coil_process_close(p);
}

COIL_ASYNC(amain)
{
    MUST(print_output("printf 'b\\na\\nc\\n' | sort", COIL_INHERIT));
    MUST(print_output("echo one; echo two >&2; echo three", COIL_STDOUT));
    const coil_process_options dropped = {.out = COIL_DEVNULL};
    coil_process *p;
    int code;
    MUST(coil_create_subprocess_shell("echo lost; exit 0", &dropped, &p));
    MUST(coil_process_wait(p, &code));
    printf("exit %d stdout is none: %d\n", code, coil_process_stdout(p) == NULL);
    return coil_process_close(p);
}
COIL_MAIN(amain())

/* Other programs: what they print, what they read, how they end. */
#include <coil.h>
#include <stdio.h>
#include <string.h>

static int run_shell(const char *command)
{
    coil_process_options pipes = {.out = COIL_PIPE, .err = COIL_PIPE};
    coil_process_output output;
    coil_process *process;
    int code, err = coil_create_subprocess_shell(command, &pipes, &process);
    if (err < 0)
        return err;
    err = coil_process_communicate(process, NULL, 0, &output);
    if (err >= 0)
        err = coil_process_wait(process, &code); /* it has ended: at once */
    if (err >= 0) {
        printf("[%s] exited with %d\n", command, code);
        if (output.out_size > 0)
            printf("stdout: %s", output.out);
        if (output.err_size > 0)
            printf("stderr: %s", output.err);
    }
    coil_process_close(process); /* kills it if it still runs */
    return err;
}

static int sort_words(void)
{
    static const char *const argv[] = {"sort", NULL};
    static const char words[] = "pear\napple\nplum\n";
    coil_process_options pipes = {.in = COIL_PIPE, .out = COIL_PIPE};
    coil_process_output output;
    coil_process *process;
    int err = coil_create_subprocess_exec(argv, &pipes, &process);
    if (err < 0)
        return err;
    err = coil_process_communicate(process, words, strlen(words), &output);
    if (err >= 0)
        printf("Sorted:\n%s", output.out);
    coil_process_close(process);
    return err;
}

COIL_ASYNC(subprocesses)
{
    int err = run_shell("echo out; echo err >&2; exit 3");
    if (err >= 0)
        err = run_shell("exit 0");
    if (err >= 0)
        err = sort_words();
    return err;
}

COIL_MAIN(subprocesses())

/* subprocess: a conversation by lines, several waiters, output until the end, a big input, an exit status seen before wait, signals to one that has ended */
#include <signal.h>

#include "said.h"

static const char *oserror(int err)
{
    return err == -ENOENT                      ? "FileNotFoundError"
           : err == -EACCES                    ? "PermissionError"
           : err == -ENOEXEC || err == -EISDIR ? "OSError"
                                               : said(err);
}

static void signalled(int err)
{
    printf("%s\n", err == -ESRCH ? "ProcessLookupError" : err < 0 ? said(err) : "sent");
}

static int conversation(void)
{
    static const char *const cat[] = {"cat", NULL};
    static const char *const lines[] = {"one\n", "two\n"};
    coil_process_options o = {.in = COIL_PIPE, .out = COIL_PIPE};
    coil_process *p;
    const char *line;
    size_t n;
    int codes[2], code, ended = -1;
    MUST(coil_create_subprocess_exec(cat, &o, &p));
    printf("%s %d %s\n", coil_process_returncode(p, NULL) ? "?" : "None", coil_process_pid(p) > 0,
           coil_process_stderr(p) ? "?" : "None");
    for (int i = 0; i < 2; i++) {
        MUST(coil_stream_send(coil_process_stdin(p), lines[i], 4));
        MUST(coil_stream_readline(coil_process_stdout(p), &line, &n));
        printf("b'%.*s\\n'\n", (int)n - 1, line);
    }
    coil_task *a = coil_create_task(coil_process_wait(p, &codes[0]));
    coil_task *b = coil_create_task(coil_process_wait(p, &codes[1]));
    MUST(coil_sleep(0));
    coil_stream_close(coil_process_stdin(p));
    MUST(coil_gather(coil_await(a), coil_await(b)));
    MUST(coil_stream_read_all(coil_process_stdout(p), &line, &n));
    coil_process_returncode(p, &ended);
    MUST(coil_process_wait(p, &code));
    printf("[%d, %d] b'%.*s' %d %d\n", codes[0], codes[1], (int)n, line, ended, code);
    signalled(coil_process_kill(p));
    signalled(coil_process_terminate(p));
    signalled(coil_process_send_signal(p, SIGINT));
    return coil_process_close(p);
}

static int outputs(void)
{
    static const char *const count[] = {"sh", "-c", "cat | wc -c; echo err >&2; exit 3", NULL};
    static const char *const quiet[] = {"sh", "-c", "exit 0", NULL};
    static char big[300000];
    coil_process_options all = {.in = COIL_PIPE, .out = COIL_PIPE, .err = COIL_PIPE};
    coil_process_options out = {.out = COIL_PIPE};
    coil_process_output got;
    coil_process *p;
    int code;
    memset(big, 'x', sizeof big);
    MUST(coil_create_subprocess_exec(count, &all, &p));
    MUST(coil_process_communicate(p, big, sizeof big, &got));
    coil_process_returncode(p, &code);
    printf("b'%.*s' b'%.*s\\n' %d\n", (int)got.out_size - 1, got.out, (int)got.err_size - 1,
           got.err, code);
    coil_process_close(p);
    MUST(coil_create_subprocess_exec(quiet, &out, &p));
    MUST(coil_process_communicate(p, NULL, 0, &got));
    coil_process_returncode(p, &code);
    printf("(b'%s', %s) %d\n", got.out, got.err ? "?" : "None", code);
    return coil_process_close(p);
}

COIL_ASYNC(amain)
{
    static const char *const sleeper[] = {"sleep", "5", NULL};
    static const char *const none[] = {"/no/such/program", "/etc/passwd", "/"};
    static const char *const yes[] = {"true", NULL};
    coil_process_options nowhere = {.cwd = "/no/such/dir"};
    coil_process *p;
    int code, seen;
    MUST(conversation());
    MUST(outputs());
    MUST(coil_create_subprocess_exec(sleeper, NULL, &p));
    MUST(coil_sleep(0.01));
    MUST(coil_process_send_signal(p, SIGUSR1));
    MUST(coil_process_wait(p, &code));
    coil_process_returncode(p, &seen);
    printf("%d %d\n", code, seen);
    coil_process_close(p);
    MUST(coil_create_subprocess_shell("kill -KILL $$", NULL, &p));
    MUST(coil_process_wait(p, &code));
    printf("%d\n", code);
    coil_process_close(p);
    for (int i = 0; i < 3; i++) {
        const char *argv[] = {none[i], NULL};
        printf("%s\n", oserror(coil_create_subprocess_exec(argv, NULL, &p)));
    }
    printf("cwd %s\n", oserror(coil_create_subprocess_exec(yes, &nowhere, &p)));
    return 0;
}
COIL_MAIN(amain())

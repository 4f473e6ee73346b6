/* subprocess: a wait and a communicate that are cancelled leave the process alone; limits around both; stdin closed early; output after the end; merged output */
#include "said.h"

static void code(coil_process *p)
{
    int n;
    if (coil_process_returncode(p, &n))
        printf("%d", n);
    else
        printf("None");
}

static int waits(void)
{
    static const char *const sleeper[] = {"sleep", "0.1", NULL};
    static const char *const longer[] = {"sleep", "5", NULL};
    coil_process_options out = {.out = COIL_PIPE};
    coil_process *p;
    int n;
    MUST(coil_create_subprocess_exec(sleeper, NULL, &p));
    int err = coil_wait_for(coil_process_wait(p, &n), 0.01);
    printf("%s ", said(err));
    code(p);
    MUST(coil_process_wait(p, &n));
    printf("\n%d\n", n);
    coil_process_close(p);
    MUST(coil_create_subprocess_exec(longer, &out, &p));
    coil_task *t = coil_create_task(coil_process_communicate(p, NULL, 0, NULL));
    MUST(coil_sleep(0.01));
    printf("waits for the end of its output %d\n", coil_task_done(t));
    coil_task_cancel(t);
    if (coil_await(t) == -ECANCELED)
        printf("cancelled ");
    code(p);
    coil_process_kill(p);
    MUST(coil_process_wait(p, &n));
    printf("\n%d\n", n);
    return coil_process_close(p);
}

static int line(coil_stream *s, const char *end)
{
    const char *text;
    size_t n;
    MUST(coil_stream_readline(s, &text, &n));
    printf("b'%.*s\\n'%s", (int)n - 1, text, end);
    return 0;
}

static int outputs(void)
{
    coil_process_options merged = {.out = COIL_PIPE, .err = COIL_STDOUT}, in = {.in = COIL_PIPE};
    static char big[100000];
    coil_process *p;
    int n;
    MUST(
        coil_create_subprocess_shell("echo out; echo err >&2; sleep 0.02; echo late", &merged, &p));
    MUST(line(coil_process_stdout(p), " "));
    MUST(line(coil_process_stdout(p), "\n"));
    MUST(coil_process_wait(p, &n));
    printf("%d ", n);
    MUST(line(coil_process_stdout(p), " "));
    printf("%s\n", coil_process_stderr(p) ? "?" : "None");
    coil_process_close(p);
    MUST(coil_create_subprocess_shell("exec 0<&-; sleep 0.05; exit 7", &in, &p));
    MUST(coil_sleep(0.02));
    int err = 0;
    for (int i = 0; i < 3 && err >= 0; i++) {
        err = coil_stream_send(coil_process_stdin(p), big, sizeof big);
        MUST(coil_sleep(0.005));
    }
    printf("%s\n", err < 0 ? said(err) : "written");
    MUST(coil_process_wait(p, &n));
    printf("%d\n", n);
    return coil_process_close(p);
}

COIL_ASYNC(amain)
{
    coil_process *p[2];
    coil_task *t[2], *next;
    int n[2];
    MUST(waits());
    MUST(outputs());
    MUST(coil_create_subprocess_shell("sleep 0.04; exit 4", NULL, &p[0]));
    MUST(coil_create_subprocess_shell("sleep 0.02; exit 2", NULL, &p[1]));
    for (int i = 0; i < 2; i++)
        t[i] = coil_create_task(coil_process_wait(p[i], &n[i]));
    coil_as_completed it;
    MUST(coil_as_completed_open(&it, t, 2, COIL_FOREVER));
    while (coil_as_completed_next(&it, &next) >= 0) {
        MUST(coil_await(next));
        printf("ended %d\n", n[next == t[1]]);
    }
    coil_as_completed_close(&it);
    coil_process_close(p[0]);
    coil_process_close(p[1]);
    return 0;
}
COIL_MAIN(amain())

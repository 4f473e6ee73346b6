/* a Runner: its loop before the first run, a run inside a run, an error, leftovers between runs, close cancels them, nothing afterwards */
#include "said.h"

static coil_task *kept;

COIL_ASYNC(background)
{
    int err = coil_sleep(5);
    if (err == -ECANCELED)
        printf("background cancelled\n");
    return err;
}

COIL_ASYNC(first, (const char *, ret, out))
{
    kept = coil_create_task(background());
    MUST(coil_sleep(0));
    *ret = "first";
    return 0;
}

COIL_ASYNC(second)
{
    printf("background alive %d\n", !coil_task_done(kept));
    if (coil_run(first(NULL)) == -COIL_ELOOPRUNNING)
        printf("run inside: RuntimeError\n");
    return coil_fail(-EINVAL, "second");
}

int main(void)
{
    coil_runner *runner, *unused;
    const char *result = NULL;
    MUST(coil_runner_new(NULL, &runner));
    coil_loop *loop = coil_runner_get_loop(runner);
    printf("same loop %d %d\n", coil_runner_get_loop(runner) == loop, coil_loop_is_running(loop));
    MUST(coil_runner_run(runner, first(&result)));
    printf("%s\n", result);
    int err = coil_runner_run(runner, second());
    printf("%s %s\n", said(err), coil_error_message(err));
    MUST(coil_runner_close(runner));
    MUST(coil_runner_close(runner));
    printf("closed %d 1\n", coil_loop_is_closed(loop));
    if (!coil_runner_get_loop(runner))
        printf("RuntimeError\n");
    if (coil_runner_run(runner, first(&result)) == -COIL_ELOOPCLOSED)
        printf("RuntimeError\n");
    coil_runner_free(runner);
    MUST(coil_runner_new(NULL, &unused));
    coil_runner_free(unused);
    printf("unused runner\n");
    return 0;
}

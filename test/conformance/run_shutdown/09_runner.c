/* a Runner keeps one loop and one context over several run() calls; after close it refuses */
#include "port.h"

static coil_context_var var = COIL_CONTEXT_VAR("var");

static int get(void)
{
    return (int)(intptr_t)coil_context_var_get_or(&var, 0);
}

COIL_ASYNC(bump)
{
    MUST(coil_context_var_set(&var, (void *)(intptr_t)(get() + 1)));
    return get();
}

COIL_ASYNC(background)
{
    int err = coil_sleep(5);
    printf("background ends at close\n");
    return err;
}

COIL_ASYNC(start)
{
    MUST(coil_spawn(background()));
    return coil_sleep(0);
}

int main(void)
{
    coil_runner *runner;
    MUST(coil_runner_new(NULL, &runner));
    int first = coil_runner_run(runner, bump()), second = coil_runner_run(runner, bump());
    printf("%d %d outside %d\n", first, second, get());
    coil_loop *loop = coil_runner_get_loop(runner);
    MUST(coil_runner_run(runner, start()));
    printf("background survives between runs\n");
    printf("same loop %d\n", coil_runner_get_loop(runner) == loop);
    coil_runner_close(runner);
    if (coil_runner_run(runner, bump()) == -COIL_ELOOPCLOSED)
        printf("closed: RuntimeError\n");
    coil_runner_free(runner);
    return 0;
}

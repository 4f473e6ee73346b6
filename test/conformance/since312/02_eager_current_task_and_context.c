/* 3.12 an eager first step runs as its own current task in its own context copy, then the caller's are restored */
#include "port.h"

static coil_context_var var = COIL_CONTEXT_VAR_DEFAULT("var", "unset");

static const char *get(void)
{
    return coil_context_var_get(&var);
}

COIL_ASYNC(child, (coil_task *, parent))
{
    printf("own task: %d sees %s\n", coil_current_task() != parent, get());
    MUST(coil_context_var_set(&var, "child"));
    MUST(coil_sleep(0));
    printf("later own task: %d sees %s\n", coil_current_task() != parent, get());
    return 0;
}

COIL_ASYNC(amain)
{
    MUST(coil_loop_set_eager(coil_loop_running(), 1));
    coil_task *me = coil_current_task();
    MUST(coil_context_var_set(&var, "parent"));
    coil_task *t = coil_create_task(child(me));
    printf("back in main: %d sees %s\n", coil_current_task() == me, get());
    return coil_await(t);
}
COIL_MAIN(amain())

/* a directly awaited coroutine shares the caller's context: its changes are seen */
#include "port.h"

static coil_context_var var = COIL_CONTEXT_VAR("var");

static int get(void)
{
    return (int)(intptr_t)coil_context_var_get_or(&var, 0);
}

COIL_ASYNC(bump)
{
    return coil_context_var_set(&var, (void *)(intptr_t)(get() + 1));
}

COIL_ASYNC(amain)
{
    MUST(bump());
    MUST(bump());
    printf("after two awaits %d\n", get());
    MUST(coil_await(coil_create_task(bump())));
    printf("after a task %d\n", get());
    MUST(coil_gather(bump(), bump()));
    printf("after gather %d\n", get());
    return 0;
}
COIL_MAIN(amain())

/* a task gets a copy of the context at creation; its changes are not seen outside */
#include "port.h"

static coil_context_var var = COIL_CONTEXT_VAR_DEFAULT("var", "default");

static const char *get(void)
{
    return coil_context_var_get(&var);
}

COIL_ASYNC(child, (int, n))
{
    static char values[3][8];
    printf("child %d sees %s\n", n, get());
    snprintf(values[n], sizeof values[n], "child%d", n);
    MUST(coil_context_var_set(&var, values[n]));
    MUST(coil_sleep(0));
    printf("child %d keeps %s\n", n, get());
    return 0;
}

COIL_ASYNC(amain)
{
    MUST(coil_context_var_set(&var, "main"));
    coil_task *a = coil_create_task(child(1));
    MUST(coil_context_var_set(&var, "changed after creation"));
    coil_task *b = coil_create_task(child(2));
    MUST(coil_await(a));
    MUST(coil_await(b));
    printf("main sees %s\n", get());
    return 0;
}

int main(void)
{
    MUST(coil_run(amain()));
    printf("outside run %s\n", get());
    return 0;
}

/* set() returns a token; reset(token) restores the value before; a used token is refused */
#include "port.h"

static coil_context_var var = COIL_CONTEXT_VAR("var");

static void show(void)
{
    printf("%s\n", (const char *)coil_context_var_get(&var));
}

int main(void)
{
    void *value;
    coil_context_token t1, t2;
    printf("%s\n", (const char *)coil_context_var_get_or(&var, "fallback"));
    if (coil_context_var_lookup(&var, &value) == -ENOENT)
        printf("LookupError\n");
    MUST(coil_context_var_set_token(&var, "1", &t1));
    MUST(coil_context_var_set_token(&var, "2", &t2));
    show();
    MUST(coil_context_var_reset(&var, &t2));
    show();
    MUST(coil_context_var_reset(&var, &t1));
    printf("%s\n", (const char *)coil_context_var_get_or(&var, "unset again"));
    if (coil_context_var_reset(&var, &t1) == -COIL_EINVALIDSTATE)
        printf("RuntimeError\n");
    return 0;
}

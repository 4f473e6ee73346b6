/* call_soon/call_later/add_done_callback capture the context of the caller, or take one explicitly */
#include "port.h"

static coil_context_var var = COIL_CONTEXT_VAR_DEFAULT("var", "none");

static int show(void *label)
{
    printf("%s %s\n", (const char *)label, (const char *)coil_context_var_get(&var));
    return 0;
}

static int show_done(coil_future *f, void *label)
{
    (void)f;
    return show(label);
}

static int set(void *value)
{
    return coil_context_var_set(&var, value);
}

COIL_ASYNC(amain)
{
    coil_future *f = coil_future_new();
    MUST(coil_context_var_set(&var, "A"));
    coil_call_soon(show, "soon");
    coil_call_later(0.02, show, "later");
    MUST(coil_future_add_done_callback(f, show_done, "done callback"));
    coil_context *other = coil_context_copy();
    MUST(coil_context_run(other, coil_apply(set, "X")));
    coil_call_soon_in_context(other, show, "explicit");
    MUST(coil_context_var_set(&var, "B"));
    MUST(coil_future_set_result(f, NULL));
    MUST(coil_sleep(0.06));
    show("main");
    coil_context_unref(other);
    coil_future_unref(f);
    return 0;
}
COIL_MAIN(amain())

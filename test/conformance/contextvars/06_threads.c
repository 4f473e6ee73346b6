/* to_thread carries the context along; run_in_executor does not */
#include "port.h"

static coil_context_var var = COIL_CONTEXT_VAR_DEFAULT("var", "default");

COIL_ASYNC(get, (const char *, ret, out))
{
    *ret = coil_context_var_get(&var);
    return 0;
}

COIL_ASYNC(set, (char *, value))
{
    return coil_context_var_set(&var, value);
}

COIL_ASYNC(amain)
{
    const char *value;
    MUST(coil_context_var_set(&var, "main"));
    MUST(coil_to_thread(get(&value)));
    printf("to_thread %s\n", value);
    coil_future *f = coil_run_in_executor(NULL, get(&value));
    MUST(coil_future_await(f, NULL));
    printf("executor %s\n", value);
    coil_future_unref(f);
    MUST(coil_to_thread(set("thread")));
    printf("main keeps %s\n", (const char *)coil_context_var_get(&var));
    return 0;
}
COIL_MAIN(amain())

/* pattern: per-request value is seen by everything the request's task awaits or spawns */
#include "port.h"

static coil_context_var rid = COIL_CONTEXT_VAR_DEFAULT("rid", "-");

static void note(const char *message)
{
    printf("[%s] %s\n", (const char *)coil_context_var_get(&rid), message);
}

COIL_ASYNC(db)
{
    MUST(coil_sleep(atoi(coil_context_var_get(&rid)) * 0.04));
    note("query");
    return 0;
}

COIL_ASYNC(handle, (char *, n))
{
    MUST(coil_context_var_set(&rid, n));
    note("start");
    MUST(coil_gather(db(), db()));
    note("end");
    return 0;
}

COIL_ASYNC(amain)
{
    MUST(coil_gather(handle("1"), handle("2")));
    note("main");
    return 0;
}
COIL_MAIN(amain())

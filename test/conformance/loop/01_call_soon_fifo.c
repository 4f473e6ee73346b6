/* call_soon is FIFO; callbacks added while a pass runs wait for the next pass */
#include "port.h"

static int leaf(void *name)
{
    printf("run %s\n", (const char *)name);
    return 0;
}

static int node(void *name)
{
    printf("run %s\n", (const char *)name);
    return coil_call_soon(leaf, strcmp(name, "1") == 0 ? "1.child" : "2.child") ? 0 : -ENOMEM;
}

COIL_ASYNC(amain)
{
    coil_call_soon(node, "1");
    coil_call_soon(node, "2");
    coil_call_soon(leaf, "3");
    MUST(coil_sleep(0));
    printf("main: one pass later\n");
    MUST(coil_sleep(0));
    printf("main: two passes later\n");
    return 0;
}
COIL_MAIN(amain())

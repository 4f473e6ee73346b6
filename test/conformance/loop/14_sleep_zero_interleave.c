/* sleep(0) is one pass: equal tasks round-robin in creation order */
#include "port.h"

COIL_ASYNC(worker, (const char *, name))
{
    for (int i = 0; i < 3; i++) {
        printf("%s %d\n", name, i);
        MUST(coil_sleep(0));
    }
    printf("%s end\n", name);
    return 0;
}

COIL_ASYNC(amain)
{
    coil_task *a = coil_create_task(worker("A"));
    coil_task *b = coil_create_task(worker("B"));
    coil_task *c = coil_create_task(worker("C"));
    printf("main waits\n");
    MUST(coil_await(a));
    MUST(coil_await(b));
    MUST(coil_await(c));
    printf("main end\n");
    return 0;
}
COIL_MAIN(amain())

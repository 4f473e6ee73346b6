/* 3.12 eager tasks run synchronously inside create_task up to their first suspension */
#include "port.h"

COIL_ASYNC(child, (const char *, name), (int, suspend), (const char *, ret, out))
{
    printf("%s starts\n", name);
    if (suspend)
        MUST(coil_sleep(0));
    printf("%s ends\n", name);
    *ret = name;
    return 0;
}

COIL_ASYNC(amain)
{
    const char *first, *second;
    coil_task *a = coil_create_task_eager(child("a", 0, &first));
    printf("a done right after create_task: %d\n", coil_task_done(a));
    coil_task *b = coil_create_task_eager(child("b", 1, &second));
    printf("b done right after create_task: %d\n", coil_task_done(b));
    MUST(coil_await(a));
    MUST(coil_await(b));
    printf("%s %s\n", first, second);
    return 0;
}
COIL_MAIN(amain())

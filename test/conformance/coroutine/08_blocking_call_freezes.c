/* tutorial: a blocking call inside a coroutine freezes every other task */
#include "port.h"

COIL_ASYNC(ticker)
{
    for (int i = 0; i < 3; i++) {
        printf("tick %d\n", i);
        MUST(coil_sleep(0.02));
    }
    return 0;
}

COIL_ASYNC(blocker)
{
    printf("block begins\n");
    usleep(100000);
    printf("block ends\n");
    return 0;
}

COIL_ASYNC(amain)
{
    coil_task *t = coil_create_task(ticker());
    coil_task *b = coil_create_task(blocker());
    MUST(coil_sleep(0));
    MUST(coil_await(b));
    printf("blocker done\n");
    return coil_await(t);
}
COIL_MAIN(amain())

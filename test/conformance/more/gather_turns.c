/* gather of tasks that are done takes one turn; the awaiter goes on in the turn after the last child's end; gather in argument order */
#include "said.h"

COIL_ASYNC(value, (int, n), (int, turns), (int, ret, out))
{
    for (int i = 0; i < turns; i++)
        MUST(coil_sleep(0));
    printf("child %d\n", n);
    *ret = n;
    return 0;
}

COIL_ASYNC(ticker)
{
    for (int i = 0; i < 6; i++) {
        printf("tick %d\n", i);
        MUST(coil_sleep(0));
    }
    return 0;
}

COIL_ASYNC(amain)
{
    int a, b, c;
    coil_task *tick = coil_create_task(ticker());
    MUST(coil_gather(value(1, 2, &a), value(2, 0, &b), value(3, 1, &c)));
    printf("[%d, %d, %d]\n", a, b, c);
    MUST(coil_await(tick));
    coil_task *t4 = coil_create_task(value(4, 0, &a));
    coil_task *t5 = coil_create_task(value(5, 0, &b));
    MUST(coil_sleep(0));
    tick = coil_create_task(ticker());
    MUST(coil_gather(coil_await(t4), coil_await(t5)));
    printf("[%d, %d]\n", a, b);
    return coil_await(tick);
}
COIL_MAIN(amain())

/* tutorial: tasks of 1 and 2 units overlap: 2 units in all */
#include "port.h"

#define U 0.06

COIL_ASYNC(delay, (const char *, name), (int, units))
{
    printf("start %s\n", name);
    MUST(coil_sleep(units * U));
    printf("done %s\n", name);
    return units;
}

COIL_ASYNC(amain)
{
    double t0 = coil_time();
    coil_task *a = coil_create_task(delay("one", 1));
    coil_task *b = coil_create_task(delay("two", 2));
    printf("created\n");
    printf("got %d\n", coil_await(a));
    printf("got %d\n", coil_await(b));
    printf("units %d\n", (int)((coil_time() - t0) / U + 0.1));
    return 0;
}
COIL_MAIN(amain())

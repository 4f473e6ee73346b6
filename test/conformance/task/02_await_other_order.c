/* tutorial: awaiting tasks in another order changes when results are seen, not when work is
 * done */
#include "port.h"

#define U 0.06

COIL_ASYNC(delay, (const char *, name), (int, units))
{
    MUST(coil_sleep(units * U));
    printf("done %s\n", name);
    return units;
}

COIL_ASYNC(amain)
{
    double t0 = coil_time();
    coil_task *a = coil_create_task(delay("one", 1));
    coil_task *b = coil_create_task(delay("two", 2));
    printf("got %d\n", coil_await(b));
    printf("one already done: %d\n", coil_task_done(a));
    printf("got %d\n", coil_await(a));
    printf("units %d\n", (int)((coil_time() - t0) / U + 0.1));
    return 0;
}
COIL_MAIN(amain())

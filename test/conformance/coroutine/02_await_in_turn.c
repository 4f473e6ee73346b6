/* tutorial: awaiting coroutine objects one after another is still sequential (3 units) */
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
    coil_call a = COIL_CALL(delay("one", 1));
    coil_call b = COIL_CALL(delay("two", 2));
    printf("objects made, nothing started\n");
    printf("got %d\n", coil_perform(a));
    printf("got %d\n", coil_perform(b));
    printf("units %d\n", (int)((coil_time() - t0) / U + 0.1));
    return 0;
}
COIL_MAIN(amain())

/* sleep returns its result argument; zero or negative delay is one bare yield */
#include "port.h"

static int say(void *text)
{
    printf("%s\n", (const char *)text);
    return 0;
}

COIL_ASYNC(amain)
{
    void *result;
    MUST(coil_sleep_result(0.02, "slept", &result));
    say(result);
    coil_call_soon(say, "a pass went by (0)");
    printf("before 0\n");
    MUST(coil_sleep_result(0, "zero", &result));
    say(result);
    coil_call_soon(say, "a pass went by (-1)");
    MUST(coil_sleep_result(-1, "negative", &result));
    say(result);
    return 0;
}
COIL_MAIN(amain())

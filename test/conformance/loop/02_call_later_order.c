/* timers fire by deadline, not by the order in which they were set */
#include "port.h"

static int tell(void *text)
{
    printf("%s\n", (const char *)text);
    return 0;
}

COIL_ASYNC(amain)
{
    double base = coil_time();
    coil_call_later(0.12, tell, "later 120");
    coil_call_later(0.04, tell, "later 40");
    coil_call_at(base + 0.08, tell, "at 80");
    coil_call_soon(tell, "soon");
    printf("scheduled\n");
    MUST(coil_sleep(0.06));
    printf("main at 60\n");
    MUST(coil_sleep(0.10));
    printf("main at 160\n");
    return 0;
}
COIL_MAIN(amain())

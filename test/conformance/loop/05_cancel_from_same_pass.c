/* a callback may cancel a handle that is already queued in the same pass */
#include "port.h"

static coil_handle *third;

static int first(void *arg)
{
    (void)arg;
    printf("first cancels third\n");
    return coil_handle_cancel(third);
}

static int tell(void *text)
{
    printf("%s\n", (const char *)text);
    return 0;
}

COIL_ASYNC(amain)
{
    coil_call_soon(first, NULL);
    coil_call_soon(tell, "second");
    third = coil_call_soon(tell, "third");
    coil_call_soon(tell, "fourth");
    MUST(coil_sleep(0));
    printf("end\n");
    return 0;
}
COIL_MAIN(amain())

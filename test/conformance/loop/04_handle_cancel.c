/* a cancelled Handle/TimerHandle never runs, cancel() is idempotent, cancelled() tells */
#include "port.h"

static int tell(void *text)
{
    printf("%s\n", (const char *)text);
    return 0;
}

COIL_ASYNC(amain)
{
    coil_handle *h1 = coil_handle_ref(coil_call_soon(tell, "never 1"));
    coil_handle *h2 = coil_handle_ref(coil_call_soon(tell, "runs 2"));
    coil_handle *t1 = coil_handle_ref(coil_call_later(0.02, tell, "never timer"));
    coil_handle *t2 = coil_call_later(0.04, tell, "runs timer");
    coil_handle_cancel(h1);
    coil_handle_cancel(h1);
    coil_handle_cancel(t1);
    printf("flags %d %d %d %d\n", coil_handle_cancelled(h1), coil_handle_cancelled(h2),
           coil_handle_cancelled(t1), coil_handle_cancelled(t2));
    MUST(coil_sleep(0.08));
    coil_handle_cancel(h2);
    printf("late cancel is allowed %d\n", coil_handle_cancelled(h2));
    coil_handle_unref(h1);
    coil_handle_unref(h2);
    coil_handle_unref(t1);
    return 0;
}
COIL_MAIN(amain())

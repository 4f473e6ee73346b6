/* a TimerHandle knows its deadline on the loop's clock; call_later(d) is call_at(time()+d) */
#include "port.h"

static int tell(void *text)
{
    printf("%s\n", (const char *)text);
    return 0;
}

COIL_ASYNC(amain)
{
    double at = coil_time() + 0.06;
    coil_handle *h = coil_call_at(at, tell, "fires at its deadline");
    double off = coil_handle_when(h) - at; /* the loop keeps whole nanoseconds */
    printf("same deadline: %d not cancelled: %d\n", off < 2e-9 && off > -2e-9,
           !coil_handle_cancelled(h));
    coil_handle *k = coil_call_later(5, tell, "never");
    double ahead = coil_handle_when(k) - coil_time();
    printf("about 5 ahead: %d\n", 4.9 < ahead && ahead <= 5);
    coil_handle_cancel(k);
    double t0 = coil_time();
    MUST(coil_sleep(0.1));
    printf("clock went on: %d\n", coil_time() - t0 >= 0.1);
    return 0;
}
COIL_MAIN(amain())

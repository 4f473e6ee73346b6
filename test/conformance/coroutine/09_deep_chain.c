/* results and errors travel through a deep chain of awaits without extra loop passes */
#include "port.h"

COIL_DECLARE(down, (int, n), (int, fail));

int down(int n, int fail)
{
    if (n == 0) {
        MUST(coil_sleep(0));
        return fail ? coil_fail(-EDOM, "bottom") : 0;
    }
    int below = down(n - 1, fail);
    return below < 0 ? below : below + 1;
}

static int tell(void *text)
{
    printf("%s\n", (const char *)text);
    return 0;
}

COIL_ASYNC(amain)
{
    coil_call_soon(tell, "pass 1");
    printf("depth %d\n", down(200, 0));
    int err = down(200, 1);
    if (err == -EDOM)
        printf("ValueError: %s\n", coil_error_message(err));
    return 0;
}
COIL_MAIN(amain())

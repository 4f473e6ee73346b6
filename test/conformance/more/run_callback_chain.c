/* how many turns run() gives to callbacks that queue each other after main has returned, with and without a leftover */
#include "said.h"

static int n;

static int chain(void *arg)
{
    printf("chain %d\n", ++n);
    if (n < 12)
        coil_call_soon(chain, arg);
    return 0;
}

COIL_ASYNC(amain, (int, leftover))
{
    if (leftover) {
        MUST(coil_spawn(coil_sleep(5)));
        MUST(coil_sleep(0));
    }
    n = 0;
    coil_call_soon(chain, NULL);
    printf("main ends\n");
    return 0;
}

int main(void)
{
    MUST(coil_run(amain(0)));
    MUST(coil_run(amain(1)));
    return 0;
}

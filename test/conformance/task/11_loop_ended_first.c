/* tutorial: when main returns, unfinished tasks are cancelled and never complete */
#include "port.h"

COIL_ASYNC(slow)
{
    printf("slow begins\n");
    MUST(coil_sleep(0.2));
    printf("slow ends (never printed)\n");
    return 0;
}

COIL_ASYNC(amain)
{
    MUST(coil_spawn(slow()));
    MUST(coil_sleep(0.02));
    printf("main ends\n");
    return 0;
}

int main(void)
{
    int err = coil_run(amain());
    printf("program ends\n");
    return err < 0;
}

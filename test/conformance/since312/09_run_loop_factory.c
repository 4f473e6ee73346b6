/* 3.12 run(loop_factory=...) uses that factory once */
#include "port.h"

static int factory(void *arg, coil_loop **ret_loop)
{
    (void)arg;
    printf("factory called\n");
    return coil_loop_new(NULL, ret_loop);
}

COIL_ASYNC(amain, (const char *, ret, out))
{
    *ret = "result";
    return 0;
}

int main(void)
{
    const char *result;
    coil_loop_options options = {.factory = factory};
    MUST(coil_run_with(amain(&result), &options));
    printf("%s\n", result);
    return 0;
}

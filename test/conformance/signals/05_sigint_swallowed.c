/* if main swallows that cancellation and returns, run() returns normally */
#include "port.h"

#include <signal.h>

static int interrupt(void *arg)
{
    (void)arg;
    return kill(getpid(), SIGINT);
}

COIL_ASYNC(amain, (const char *, ret, out))
{
    coil_call_later(0.04, interrupt, NULL);
    if (coil_sleep(2) == -ECANCELED)
        printf("swallowed\n");
    *ret = "result";
    return 0;
}

int main(void)
{
    const char *result = NULL;
    signal(SIGINT, SIG_DFL);
    int err = coil_run(amain(&result));
    printf("%s\n", result);
    return err < 0;
}

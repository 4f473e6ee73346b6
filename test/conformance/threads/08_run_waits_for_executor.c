/* coil_run waits for jobs of the default pool before it returns. */
#include <stdio.h>
#include <time.h>

#include "coil.h"

COIL_ASYNC(job)
{
    nanosleep(&(struct timespec){0, 100000000}, NULL);
    printf("job ends\n");
    return 0;
}

COIL_ASYNC(amain)
{
    coil_future_unref(coil_run_in_executor(NULL, job()));
    printf("main ends\n");
    return 0;
}

int main(void)
{
    int err = coil_run(amain());
    printf("run returned\n");
    return err < 0;
}

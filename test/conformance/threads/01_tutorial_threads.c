/* Three blocking jobs in three threads take one unit of time; results keep their order. */
#include <stdio.h>
#include <time.h>

#include "coil.h"

#define UNIT 0.1

COIL_ASYNC(blocking, (int, n), (int, ret, out))
{
    nanosleep(&(struct timespec){0, (long)(UNIT * 1e9)}, NULL);
    *ret = n * 10;
    return 0;
}

COIL_ASYNC(amain)
{
    double t0 = coil_time();
    int a, b, c;
    int err = coil_gather(coil_to_thread(blocking(1, &a)), coil_to_thread(blocking(2, &b)),
                          coil_to_thread(blocking(3, &c)));
    if (err < 0)
        return err;
    printf("%d %d %d\n", a, b, c);
    printf("units %d\n", (int)((coil_time() - t0) / UNIT + 0.1));
    return 0;
}

COIL_MAIN(amain())

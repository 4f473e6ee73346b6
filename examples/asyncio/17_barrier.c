/* A barrier: nobody goes on before all have arrived. */
#include <coil.h>
#include <stdio.h>

static double begin;

static double elapsed(void)
{
    return coil_time() - begin; /* the clock began anywhere, as loop.time() */
}

COIL_ASYNC(hiker, (coil_barrier *, pass), (int, number))
{
    int err = coil_sleep(number);
    if (err < 0)
        return err;
    printf("%.0f h: hiker %d is at the pass\n", elapsed(), number);
    err = coil_barrier_wait(pass);
    if (err >= 0)
        printf("%.0f h: hiker %d goes down\n", elapsed(), number);
    return err;
}

COIL_ASYNC(hike)
{
    coil_barrier pass;
    begin = coil_time();
    int err = coil_barrier_init(&pass, 3);
    if (err < 0)
        return err;
    return coil_gather(hiker(&pass, 2), hiker(&pass, 1), hiker(&pass, 3));
}

COIL_MAIN(hike())

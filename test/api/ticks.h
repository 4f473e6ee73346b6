/* test/api/ticks.h: a generator that awaits, also in its cleanup, and counts its ends. */
#ifndef TEST_TICKS_H
#define TEST_TICKS_H

#include "coil.h"

static int ended; /* bodies that came to their end */

/* 1, 2, 3 ..., with an await before each and in its cleanup. */
static COIL_ASYNC(ticks)
{
    int err = 0;
    for (int i = 1; err >= 0; i++) {
        err = coil_sleep(0);
        if (err >= 0)
            err = coil_generator_yield(&i, NULL);
    }
    int cleanup = coil_sleep(0);
    ended++;
    return cleanup < 0 ? cleanup : err;
}

#endif

/* test/api/threads_loops.h: what the tests of several loops share: calls that count themselves, and wait until they are told to end. */
#ifndef TEST_THREADS_LOOPS_H
#define TEST_THREADS_LOOPS_H

#include <stdatomic.h>

#include "coil.h"

static atomic_int begun, ended;

static COIL_ASYNC(count_threads)
{
    atomic_fetch_add(&begun, 1);
    return 0;
}

/* Waits until n of what counts itself has begun, there. */
static COIL_ASYNC(wait_for_begun, (int, n))
{
    int err = 0;
    while (atomic_load(&begun) < n && err >= 0)
        err = coil_sleep(0.0005);
    return err;
}

static COIL_ASYNC(wait_there)
{
    atomic_fetch_add(&begun, 1);
    int err = coil_sleep(3600);
    atomic_fetch_add(&ended, 1);
    return err;
}

#endif

/* test/api/processes_flags.h: a job that is told when to go on: two flags in memory that it shares with its program, begun and go on. */
#ifndef TEST_API_PROCESSES_FLAGS_H
#define TEST_API_PROCESSES_FLAGS_H

#include <check.h>
#include <string.h>
#include <time.h>

#include "coil.h"

static inline coil_bytes new_flags(void)
{
    coil_bytes flags;
    ck_assert_int_eq(coil_bytes_new(2 * sizeof(int), &flags), 0);
    memset(flags.data, 0, flags.size);
    return flags;
}

static inline void wait_for(volatile int *flag)
{
    while (!*flag)
        nanosleep(&(struct timespec){0, 1000000}, NULL);
}

/* In the job. begun: not 0. */
static inline void begin_and_wait(const coil_bytes *flags, int begun)
{
    volatile int *flag = flags->data;
    flag[0] = begun;
    wait_for(&flag[1]);
}

static inline void let_go(const coil_bytes *flags)
{
    ((volatile int *)flags->data)[1] = 1;
}

#endif

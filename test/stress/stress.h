/* stress/stress.h: what the stress programs share: a workload drawn from COIL_SEED, and running it.
 *
 * Under COIL_BACKEND=sim COIL_CLOCK=virtual a program draws in the same order each time, so the seed decides the workload and the world. On
 * a real backend the seed decides the workload alone. Each program checks its own books at the end: what was sent arrived, what was
 * taken was given back.
 */
#ifndef STRESS_STRESS_H
#define STRESS_STRESS_H

#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "coil.h"
#include "harness.h"

static uint64_t stress_state;

/* How often chance was asked, and after what, depends on all that happened: run.py compares two runs of a seed by it. */
static inline void stress_tell(void)
{
    printf("chance ended at %016llx\n", (unsigned long long)stress_state);
}

/* Begins with COIL_SEED, or 1. */
static inline void stress_begin(void)
{
    atexit(stress_tell);
    const char *seed = getenv("COIL_SEED");
    stress_state = seed && *seed ? strtoull(seed, NULL, 10) : 1;
}

/* 0 to n-1. */
static inline unsigned stress_below(unsigned n)
{
    stress_state += 0x9e3779b97f4a7c15ULL;
    uint64_t x = stress_state;
    x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93ULL;
    x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93ULL;
    return (unsigned)(x >> 32) % n;
}

/* True once in n. */
static inline bool stress_chance(unsigned n)
{
    return stress_below(n) == 0;
}

/* A time of up to max_us microseconds, in seconds: short ones are likelier, and some are 0. */
static inline double stress_pause(unsigned max_us)
{
    return stress_below(1 + stress_below(max_us)) * 1e-6;
}

/* Pauses now and then. Returns 0 or -ECANCELED. */
static inline int stress_dawdle(void)
{
    switch (stress_below(4)) {
    case 0:
        return coil_yield_now();
    case 1:
        return coil_sleep(stress_pause(2000));
    default:
        return 0;
    }
}

/* Awaits a task that somebody cancels at random: a request that comes after its last suspension makes it a cancelled one, whatever it
 * returns, as in asyncio. The handle stays. */
static inline void stress_join(coil_task *t)
{
    int err = coil_await(coil_task_ref(t));
    ck_assert_msg(err == 0 || err == -ECANCELED, "%s", coil_error_name(err));
}

#endif

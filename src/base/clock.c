/* base/clock.c: conversions round up, so that nothing that waits is ever early. */
#include "base/clock.h"

#include <time.h>

int64_t coil__clock_monotonic(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t coil__seconds_to_ns(double seconds)
{
    double ns = seconds * 1e9;
    if (ns >= 9.2e18)
        return COIL__NEVER;
    if (ns <= -9.2e18)
        return INT64_MIN;
    int64_t floor_ns = (int64_t)ns;
    return (double)floor_ns < ns ? floor_ns + 1 : floor_ns;
}

double coil__ns_to_seconds(int64_t ns)
{
    if (ns == COIL__NEVER)
        return __builtin_inf();
    return (double)ns / 1e9;
}

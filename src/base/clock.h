/* base/clock.h: time in int64 nanoseconds, real (CLOCK_MONOTONIC) or virtual. */
#ifndef COIL_BASE_CLOCK_H
#define COIL_BASE_CLOCK_H

#include <stdint.h>

#define COIL__NEVER INT64_MAX

struct coil__clock {
    int is_virtual;
    int64_t virtual_ns;
};

int64_t coil__clock_monotonic(void);
static inline int64_t coil__clock_now(const struct coil__clock *c)
{
    return c->is_virtual ? c->virtual_ns : coil__clock_monotonic();
}

/* Seconds to nanoseconds, rounded up so that nothing is early; saturates at COIL__NEVER. NaN is the caller's to refuse. */
int64_t coil__seconds_to_ns(double seconds);
double coil__ns_to_seconds(int64_t ns);

#endif

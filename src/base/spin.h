/* base/spin.h: whether to watch for a while before going to sleep.
 *
 * Waking a CPU that sleeps costs tens of microseconds, so a wait that will be short is better spent watching. Whether it will be
 * is guessed from the last ones: a watch that caught something earns credit for two more, one in vain costs one. Without
 * credit one wait in sixteen is watched, to find out whether times have changed. Used by one thread.
 */
#ifndef COIL_BASE_SPIN_H
#define COIL_BASE_SPIN_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

struct coil__spin {
    int64_t limit_ns; /* how long to watch at most; 0: never */
    int64_t spent_ns; /* the time that went into watching    */
    uint32_t waits;
    int credit;
};

enum { COIL__SPIN_CREDIT = 8, COIL__SPIN_PROBE = 16 };

/* Asked before each wait. */
static inline bool coil__spin_worth(struct coil__spin *s)
{
    return s->limit_ns > 0 && (s->credit > 0 || ++s->waits % COIL__SPIN_PROBE == 0);
}

/* Told after each watch. */
static inline void coil__spin_ended(struct coil__spin *s, bool caught, int64_t ns)
{
    s->spent_ns += ns;
    s->credit += caught ? 2 : -1;
    if (s->credit > COIL__SPIN_CREDIT)
        s->credit = COIL__SPIN_CREDIT;
    if (s->credit < 0)
        s->credit = 0;
}

/* Between two looks: lets the other hardware thread of the core have it. */
static inline void coil__spin_pause(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* After a round of looks: whoever is waited for may be on this very CPU and wait for its turn. */
static inline void coil__spin_give_way(void)
{
    sched_yield();
}

#endif

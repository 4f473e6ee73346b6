/* bench/timers.c: 1,000,000 timers spread over one second, CPU time per timer, armed and fired; exact, and on a grain of 1 ms.
 * The first run of each kind pays for the memory; the second is what is told.
 */
#include "bench.h"
#include "coil.h"

enum { N = 1000000 };

static int left;
static coil_event over;

static int fires(void *arg)
{
    (void)arg;
    if (--left == 0)
        coil_event_set(&over);
    return 0;
}

COIL_ASYNC(one_second_of_timers, (double, grain), (const char *, name))
{
    unsigned long long state = 88172645463325252ull; /* xorshift64: the same delays each time */
    int err = 0;
    coil_event_clear(&over);
    left = N;
    double cpu = bench_cpu(), start = coil_time();
    for (int i = 0; i < N && err >= 0; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        double delay = (double)(state >> 11) / (double)(1ull << 53);
        if (grain > 0)
            delay = grain * (double)(long)(delay / grain);
        if (!coil_call_at(start + delay, fires, NULL))
            err = -ENOMEM;
    }
    if (err >= 0)
        err = coil_event_wait(&over);
    if (err >= 0 && name)
        bench_print(name, (bench_cpu() - cpu) * 1e9 / N, "ns");
    return err;
}

COIL_ASYNC(everything)
{
    coil_event_init(&over);
    int err = one_second_of_timers(0, NULL);
    if (err >= 0)
        err = one_second_of_timers(0, "timer, exact");
    if (err >= 0)
        err = one_second_of_timers(0.001, "timer, grain of 1 ms");
    return err;
}
COIL_MAIN(everything())

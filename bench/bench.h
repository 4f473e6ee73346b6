/* bench/bench.h: clocks, and the forms in which figures are printed: a span, which is what `PROGRAM WHAT N` prints of N operations, or
 * named figures, of programs that measure several things in one go.
 */
#ifndef BENCH_H
#define BENCH_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static inline double bench_now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

/* Seconds of CPU time of this process, in user space and in the kernel. */
static inline double bench_cpu(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6;
}

/* Resident memory and page tables, KiB; a kernel counts them apart. */
static inline double bench_resident_kib(void)
{
    char line[256];
    double kib = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "VmRSS:", 6) == 0 || strncmp(line, "VmPTE:", 6) == 0)
            kib += atof(line + 6);
    if (f)
        fclose(f);
    return kib;
}

/* The exit status of a program that is asked for something that it hasn't. */
enum { BENCH_LACKS = 77 };

/* The wait of a poll of a program that has none of its own choice: BENCH_WATCH makes it watch instead of sleep. */
static inline int bench_patience(int timeout_ms)
{
    return getenv("BENCH_WATCH") ? 0 : timeout_ms;
}

struct bench_span {
    double wall, cpu;
};

/* With BENCH_STOP set the program stops here, with all its threads and workers there, until whoever runs it has placed
 * them on CPUs and lets it go on. */
static inline struct bench_span bench_begin(void)
{
    if (getenv("BENCH_STOP"))
        raise(SIGSTOP);
    return (struct bench_span){bench_now(), bench_cpu()};
}

static inline void bench_end(struct bench_span begun)
{
    double cpu = bench_cpu() - begun.cpu;
    printf("{\"wall\": %.9f, \"cpu\": %.9f}\n", bench_now() - begun.wall, cpu);
    fflush(stdout);
}

static inline void bench_print(const char *name, double value, const char *unit)
{
    printf("{\"name\": \"%s\", \"value\": %.3f, \"unit\": \"%s\"}\n", name, value, unit);
    fflush(stdout);
}

#endif

/* conformance/random.h: what the ports of the *_random programs share: their numbers, and the trace, of which each seed prints the length and a
 * hash (FNV-1a). With a seed as argument the program prints the whole trace of that one, to be compared with the .py's.
 */
#ifndef CONFORMANCE_RANDOM_H
#define CONFORMANCE_RANDOM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "port.h"

struct random {
    uint64_t x;
};

static inline struct random random_of(uint64_t seed)
{
    return (struct random){seed * 0x9E3779B97F4A7C15 + 1};
}

static inline int below(struct random *r, unsigned n)
{
    r->x = r->x * 6364136223846793005 + 1442695040888963407;
    return (int)((r->x >> 33) % n);
}

static uint64_t trace_hash;
static int trace_lines;
static bool trace_shown;

static inline void trace_begin(void)
{
    trace_hash = 0xCBF29CE484222325;
    trace_lines = 0;
}

static inline __attribute__((format(printf, 1, 2))) void tell(const char *format, ...)
{
    char line[128];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    strcat(line, "\n");
    for (const char *c = line; *c; c++)
        trace_hash = (trace_hash ^ (unsigned char)*c) * 0x100000001B3;
    trace_lines++;
    if (trace_shown)
        fputs(line, stdout);
}

static inline void played(uint64_t seed)
{
    if (!trace_shown)
        printf("seed %d: %d lines, %016llx\n", (int)seed, trace_lines,
               (unsigned long long)trace_hash);
}

/* Plays the seed that is the argument, or 1 to 100. */
static inline int play_seeds(int argc, char **argv, int (*play)(uint64_t seed))
{
    trace_shown = argc > 1;
    uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1, last = argc > 1 ? first : 100;
    int err = 0;
    for (uint64_t seed = first; seed <= last && err >= 0; seed++)
        err = play(seed);
    return err < 0;
}

static inline const char *error_of(int err)
{
    switch (err) {
    case -EDOM:
        return "ValueError";
    case -ENOENT:
        return "KeyError";
    case -EINVAL:
        return "TypeError";
    case -COIL_EINVALIDSTATE:
    case -COIL_ECALLUSED:
        return "RuntimeError";
    case -COIL_EGENERATOREXIT:
        return "GeneratorExit";
    default:
        return coil_error_name(err);
    }
}

#endif

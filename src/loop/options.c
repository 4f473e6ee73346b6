/* loop/options.c: a loop's options: what the caller left at zero comes from the environment, and what can't be is told. */
#include "loop/options.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* A year: seconds. */
#define MOST_SLEEP_AFTER 31536000.0

static int number_from_env(const char *name, unsigned long long most, unsigned long long *ret)
{
    const char *text = getenv(name);
    if (!text || !*text)
        return 0;
    char *end;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    if (errno || *end || *text < '0' || *text > '9' || n > most)
        return coil_fail(-EINVAL, "%s=%s: expected a number", name, text);
    *ret = n;
    return 1;
}

static int guard_from_env(int *ret)
{
    static const char *const names[] = {"auto", "pages", "canary"};
    const char *text = getenv("COIL_STACK_GUARD");
    if (!text || !*text)
        return 0;
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, names[i]) == 0) {
            *ret = i;
            return 0;
        }
    }
    return coil_fail(-EINVAL, "COIL_STACK_GUARD=%s: expected auto, pages or canary", text);
}

/* "2.5", "check", "check:2.5": seconds into *ret (0 becomes the least that is not never). */
static int sleep_from_env(double *ret, bool *ret_check)
{
    const char *text = getenv("COIL_SLEEP_STACKS"), *at = text;
    if (!text || !*text)
        return 0;
    bool check = strncmp(text, "check", 5) == 0;
    if (check)
        at += text[5] == ':' ? 6 : 5;
    double seconds = 0;
    char *end = (char *)(uintptr_t)at;
    if (*at >= '0' && *at <= '9')
        seconds = strtod(at, &end);
    if (*end || !(seconds <= MOST_SLEEP_AFTER) || (end == at && !(check && text[5] == 0)))
        return coil_fail(-EINVAL, "COIL_SLEEP_STACKS=%s: expected seconds, check or check:SECONDS",
                         text);
    *ret = seconds > 0 ? seconds : COIL_AT_ONCE;
    *ret_check = check;
    return 0;
}

int coil__options_complete(coil_loop_options *o, bool *ret_check_sleep)
{
    unsigned long long n = 0;
    int err = 0;
    if (!o->backend)
        o->backend = getenv("COIL_BACKEND");
    if (!o->ring_entries && (err = number_from_env("COIL_URING_ENTRIES", UINT_MAX, &n)) > 0)
        o->ring_entries = (unsigned)n;
    if (err >= 0 && !o->stack_size && (err = number_from_env("COIL_STACK_SIZE", SIZE_MAX, &n)) > 0)
        o->stack_size = (size_t)n;
    if (err >= 0 && !o->seed && (err = number_from_env("COIL_SEED", ULLONG_MAX, &n)) > 0)
        o->seed = n;
    if (err >= 0 && o->spin == 0 && (err = number_from_env("COIL_SPIN", 1000000, &n)) > 0)
        o->spin = (double)n * 1e-6;
    if (err >= 0 && !o->stack_guard)
        err = guard_from_env(&o->stack_guard);
    if (err >= 0 && o->sleep_stacks == 0)
        err = sleep_from_env(&o->sleep_stacks, ret_check_sleep);
    if (err < 0)
        return err;
    const char *clock = getenv("COIL_CLOCK");
    if (clock && strcmp(clock, "virtual") == 0)
        o->virtual_clock = 1;
    const char *debug = getenv("COIL_DEBUG");
    if (debug && *debug && strcmp(debug, "0") != 0)
        o->debug = 1;
    if (!o->stack_size)
        o->stack_size = 256 * 1024;
    if (o->stack_size < 64 * 1024 || o->stack_size > 8 * 1024 * 1024)
        return coil_fail(-EINVAL, "stack_size %zu: expected 65536 to 8388608 bytes", o->stack_size);
    if (!(o->spin <= 1))
        return coil_fail(-EINVAL, "spin %g: expected at most 1 second", o->spin);
    if (!(o->sleep_stacks <= MOST_SLEEP_AFTER))
        return coil_fail(-EINVAL, "sleep_stacks %g: expected at most a year of seconds",
                         o->sleep_stacks);
    if (o->stack_guard < COIL_GUARD_AUTO || o->stack_guard > COIL_GUARD_CANARY)
        return coil_fail(-EINVAL, "stack_guard %d: expected COIL_GUARD_AUTO, _PAGES or _CANARY",
                         o->stack_guard);
    return 0;
}

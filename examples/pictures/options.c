/* options.c: the command line, by argp. */
#include "options.h"

#include "strategies.h"

#include <argp.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REPORT = 256, IMAGES, FROM, TIMEOUT, DELAY, BANDWIDTH, TRUNCATE, FAIL_FIRST, SHORT };

static const struct argp_option known[] = {
    {"strategy", 's', "NAME", 0,
     "sequential, threads, async, async+threads, async+processes, or compare: all of them, with "
     "a table and a report (default)",
     1},
    {"limit", 'n', "N", 0, "At most N pictures", 1},
    {"workers", 'w', "N", 0, "Workers for processing (default: one per CPU)", 1},
    {"concurrency", 'c', "N", 0, "Downloads at the same time (default: 4)", 1},
    {"timeout", TIMEOUT, "SECONDS", 0, "For each try of a download (default: 60)", 1},
    {"out", 'o', "DIR", 0, "Where pictures and report go (default: pictures-out)", 1},
    {"report", REPORT, "FILE", 0, "Write the report there (compare: DIR/report.html anyway)", 1},
    {"from", FROM, "FILE", 0, "Take URLs from FILE, one a line", 2},
    {"images", IMAGES, "DIR", 0, "Serve and take the pictures of DIR", 2},
    {0, 0, 0, 0, "Without URLs the bundled server stands for a far-away one:", 3},
    {"delay", DELAY, "SECONDS", 0, "To the first byte of an answer (default: 1)", 3},
    {"bandwidth", BANDWIDTH, "BYTES", 0,
     "Per second and connection, 0: unlimited (default: 600000)", 3},
    {"truncate", TRUNCATE, "PATTERN", 0, "Cut answers short whose path matches", 3},
    {"fail-first", FAIL_FIRST, "N", 0, "Answer each first N requests of a picture with 503", 3},
    {"short", SHORT, 0, 0, "Three pictures, a quick server, async+processes: a test", 3},
    {0}};

static int whole(struct argp_state *state, const char *text, int least)
{
    char *end;
    const long value = strtol(text, &end, 10);
    if (end == text || *end || value < least || value > INT_MAX)
        argp_error(state, "not a whole number of at least %d: %s", least, text);
    return (int)value;
}

static double number(struct argp_state *state, const char *text)
{
    char *end;
    const double value = strtod(text, &end);
    if (end == text || *end || !isfinite(value) || value < 0)
        argp_error(state, "not a number of at least 0: %s", text);
    return value;
}

static error_t server_option(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case DELAY:
        o->delay = number(state, arg);
        return 0;
    case BANDWIDTH:
        o->bandwidth = number(state, arg);
        return 0;
    case TRUNCATE:
        o->truncate = arg;
        return 0;
    case FAIL_FIRST:
        (void)whole(state, arg, 0);
        o->fail_first = arg;
        return 0;
    case SHORT:
        o->strategy = "async+processes";
        o->limit = 3;
        o->delay = 0.05;
        o->bandwidth = 0;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t one(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case 's':
        if (strcmp(arg, "compare") != 0 && !strategy_find(arg))
            argp_error(state, "no such strategy: %s", arg);
        o->strategy = arg;
        return 0;
    case 'n':
        o->limit = whole(state, arg, 1);
        return 0;
    case 'w':
        o->workers = whole(state, arg, 1);
        return 0;
    case 'c':
        o->concurrency = whole(state, arg, 1);
        return 0;
    case 'o':
        o->out = arg;
        return 0;
    case TIMEOUT:
        o->timeout = number(state, arg);
        if (!(o->timeout > 0))
            argp_error(state, "a time-out is longer than 0: %s", arg);
        return 0;
    case REPORT:
        o->report = arg;
        return 0;
    case FROM:
        o->from = arg;
        return 0;
    case IMAGES:
        o->images = arg;
        return 0;
    case ARGP_KEY_ARGS:
        o->urls = state->argv + state->next;
        o->n_urls = state->argc - state->next;
        return 0;
    case ARGP_KEY_END:
        if (o->images && (o->from || o->n_urls))
            argp_error(state, "--images serves a folder: it can't be combined with URLs");
        return 0;
    default:
        return server_option(key, arg, state);
    }
}

void options_read(struct options *options, int argc, char **argv)
{
    static const struct argp argp = {
        known,      one,
        "[URL...]", "Downloads pictures and finds their edges, and shows what concurrency buys.",
        0,          0,
        0};
    const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    *options = (struct options){.strategy = "compare",
                                .out = "pictures-out",
                                .workers = cpus > 0 ? (int)cpus : 1,
                                .concurrency = 4,
                                .timeout = 60,
                                .delay = 1,
                                .bandwidth = 600000};
    argp_parse(&argp, argc, argv, 0, NULL, options);
}

/* table.c: columns of times, each beside its speed-up. */
#include "table.h"

/* "12.34 s (3.1x)"; without a speed-up where there is nothing to compare with. */
static void put_time(FILE *out, double seconds, double first, int compared)
{
    char faster[24] = "";
    if (compared && seconds > 0 && first > 0)
        snprintf(faster, sizeof faster, "%.1fx", first / seconds);
    fprintf(out, "  %7.2f s %7s", seconds, faster);
}

void table_print(FILE *out, const struct report_strategy *strategies, size_t n)
{
    fprintf(out, "%-16s  %-17s  %-17s  %-17s  %-9s  %-15s  %s\n", "", "  download", "  processing",
            "  total", "  memory", "   at once", "worst turn");
    for (size_t i = 0; i < n; i++) {
        const struct report_strategy *s = &strategies[i];
        fprintf(out, "%-16s", s->name);
        put_time(out, s->download, strategies[0].download, i > 0);
        put_time(out, s->processing, strategies[0].processing, i > 0);
        put_time(out, s->total, strategies[0].total, i > 0);
        fprintf(out, "  %6.0f MB  %2d down, %2d edges", (double)s->peak_memory / 1e6,
                s->peak_downloads, s->peak_workers);
        if (s->worst_turn >= 0)
            fprintf(out, "  %8.1f ms", s->worst_turn * 1e3);
        if (s->n_failed)
            fprintf(out, "  %d failed", s->n_failed);
        fputc('\n', out);
    }
    fflush(out);
}

/* progress.c: the bars are two lines that are drawn over again; a line of text goes above them. */
#include "progress.h"

#include "measure.h"

#include <string.h>
#include <unistd.h>

enum { WIDTH = 30 };

static void bar(FILE *out, const char *what, int n, int total)
{
    const int full = total > 0 ? WIDTH * n / total : 0;
    fprintf(out, "\r\033[K%-10s [", what);
    for (int i = 0; i < WIDTH; i++)
        fputc(i < full ? '#' : '.', out);
    fprintf(out, "] %3d/%d", n, total);
}

static void draw(struct progress *p)
{
    if (p->drawn)
        fputs("\r\033[A", p->out);
    const double bytes = (double)atomic_load(&p->bytes), seconds = measure_now() - p->start;
    bar(p->out, "downloads", p->downloaded, p->total);
    fprintf(p->out, "  %.1f MB, %.1f MB/s\n", bytes / 1e6, seconds > 0 ? bytes / 1e6 / seconds : 0);
    bar(p->out, "edges", p->done, p->total);
    if (p->failed)
        fprintf(p->out, "  %d failed", p->failed);
    fflush(p->out);
    p->drawn = 1;
    p->drawn_at = measure_now();
}

/* Room for a line of text where the bars were. */
static void clear(struct progress *p)
{
    if (p->drawn)
        fputs("\r\033[K\033[A\r\033[K", p->out);
    p->drawn = 0;
}

void progress_begin(struct progress *p, FILE *out, const char *heading, int total)
{
    memset(p, 0, sizeof *p);
    p->out = out;
    p->terminal = isatty(fileno(out));
    p->total = total;
    p->start = measure_now();
    fprintf(out, "%s\n", heading);
    if (p->terminal)
        draw(p);
    fflush(out);
}

void progress_bytes(struct progress *p, long long bytes)
{
    atomic_fetch_add(&p->bytes, bytes);
}

void progress_downloaded(struct progress *p, const char *name, unsigned long long bytes)
{
    p->downloaded++;
    if (!p->terminal) {
        fprintf(p->out, "  downloaded %s, %.1f MB\n", name, (double)bytes / 1e6);
        fflush(p->out);
    }
}

void progress_done(struct progress *p, const char *name, unsigned width, unsigned height)
{
    p->done++;
    if (!p->terminal) {
        fprintf(p->out, "  edges of   %s, %u x %u\n", name, width, height);
        fflush(p->out);
    }
}

void progress_failed(struct progress *p, const char *name, const char *reason)
{
    p->failed++;
    clear(p);
    fprintf(p->out, "  failed     %s: %s\n", name, reason);
    fflush(p->out);
    if (p->terminal)
        draw(p);
}

void progress_tick(struct progress *p)
{
    if (p->terminal && measure_now() - p->drawn_at >= 0.1)
        draw(p);
}

void progress_end(struct progress *p)
{
    if (!p->terminal)
        return;
    draw(p);
    fputc('\n', p->out);
    fflush(p->out);
    p->drawn = 0;
}

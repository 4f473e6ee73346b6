/* timeline.c: lanes of rectangles. Colours are classes, so the page's style decides on them; what
 * a rectangle is, its tooltip says, and the script shows on pointing. */
#include "timeline.h"

#include <math.h>

enum { WIDTH = 1000, NAMES = 150, LANE = 17, BAR = 12, AXIS = 22, GAP = 10 };

static const struct {
    const char *class, *means;
} kinds[REPORT_KINDS] = {
    [REPORT_QUEUED] = {"queued", "waits for its turn"},
    [REPORT_CONNECT] = {"connect", "waits for the first byte"},
    [REPORT_DOWNLOAD] = {"download", "downloads"},
    [REPORT_BACKOFF] = {"backoff", "waits before it tries again"},
    [REPORT_READY] = {"ready", "waits for a worker"},
    [REPORT_COMPUTE] = {"compute", "computes"},
};

const char *timeline_class(enum report_kind kind)
{
    return kinds[kind].class;
}

void timeline_legend(struct html *h)
{
    html_put(h, "<ul class=legend>");
    for (int kind = 0; kind < REPORT_KINDS; kind++)
        html_put(h, "<li><i class=%s></i>%s</li>", kinds[kind].class, kinds[kind].means);
    html_put(h, "</ul>\n");
}

/* The gap between two marks of the axis: 1, 2 or 5 times a power of ten, at most ten of them. */
static double mark_gap(double seconds)
{
    double gap = pow(10, floor(log10(seconds / 10)));
    static const double steps[] = {1, 2, 5, 10};
    for (int i = 0; i < 4; i++)
        if (seconds / (gap * steps[i]) <= 10)
            return gap * steps[i];
    return gap * 10;
}

static double place(double at, double seconds)
{
    const double part = fmin(1, fmax(0, at / seconds));
    return NAMES + part * (WIDTH - NAMES - 8);
}

static void draw_axis(struct html *h, double seconds, int bottom)
{
    const double gap = mark_gap(seconds);
    for (int i = 0; i * gap <= seconds; i++) {
        const double x = place(i * gap, seconds);
        html_put(h, "<line class=grid x1=%.1f x2=%.1f y1=%d y2=%d />", x, x, AXIS - 4, bottom);
        html_put(h, "<text class=mark x=%.1f y=12 text-anchor=%s>%g s</text>", x,
                 i == 0 ? "start" : "middle", i * gap);
    }
}

static void draw_span(struct html *h, const struct report *report, const struct report_span *span,
                      int y, double seconds)
{
    const double x = place(span->start, seconds);
    const double width = fmax(0.6, place(span->end, seconds) - x);
    html_put(h, "<rect class=%s x=%.1f y=%d width=%.1f height=%d rx=2><title>",
             kinds[span->kind].class, x, y, width, BAR);
    html_text(h, report->pictures[span->picture].name);
    html_put(h, " %s", kinds[span->kind].means);
    if (span->kind == REPORT_COMPUTE && span->worker >= 0)
        html_put(h, " on worker %d", span->worker + 1);
    html_put(h, ": %.3f s, from %.3f to %.3f s</title></rect>", span->end - span->start,
             span->start, span->end);
}

/* Is this a span that can be drawn? What isn't is left out and harms nothing else. */
static int sane(const struct report *report, const struct report_span *span)
{
    return (unsigned)span->kind < REPORT_KINDS && span->picture >= 0 &&
           (size_t)span->picture < report->n_pictures && isfinite(span->start) &&
           isfinite(span->end) && span->end >= span->start;
}

static void draw_name(struct html *h, const char *name, int y)
{
    html_put(h, "<svg x=0 y=%d width=%d height=%d><text class=name x=0 y=%d>", y - 2, NAMES - 8,
             LANE, BAR - 1 + 1);
    html_text(h, name);
    html_put(h, "</text></svg>\n");
}

void timeline_draw(struct html *h, const struct report *report,
                   const struct report_strategy *strategy, double seconds)
{
    const int workers = strategy->n_workers > 0 ? strategy->n_workers : 0;
    const int first_worker = AXIS + (int)report->n_pictures * LANE + (workers ? GAP : 0);
    const int height = first_worker + workers * LANE + 4;
    if (!(seconds > 0))
        seconds = 1;
    html_put(h, "<svg class=timeline viewBox='0 0 %d %d' role=img aria-label='Timeline of ", WIDTH,
             height);
    html_text(h, strategy->name);
    html_put(h, ": %.2f seconds'>\n", strategy->total);
    draw_axis(h, seconds, height - 4);
    for (size_t i = 0; i < report->n_pictures; i++)
        draw_name(h, report->pictures[i].name, AXIS + (int)i * LANE);
    for (int i = 0; i < workers; i++) {
        html_put(h, "<text class=name x=0 y=%d>worker %d</text>", first_worker + i * LANE + BAR - 2,
                 i + 1);
    }
    for (size_t i = 0; i < strategy->n_spans; i++) {
        const struct report_span *span = &strategy->spans[i];
        if (!sane(report, span))
            continue;
        draw_span(h, report, span, AXIS + span->picture * LANE, seconds);
        if (span->kind == REPORT_COMPUTE && span->worker >= 0 && span->worker < workers)
            draw_span(h, report, span, first_worker + span->worker * LANE, seconds);
    }
    const double end = place(strategy->total, seconds);
    html_put(h, "<line class=end x1=%.1f x2=%.1f y1=%d y2=%d /></svg>\n", end, end, AXIS - 4,
             height - 4);
}

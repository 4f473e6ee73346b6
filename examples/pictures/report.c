/* report.c: the page from top to bottom: heading, table, pictures, timelines, failures. */
#include "report.h"
#include "html.h"
#include "timeline.h"
#include "report_assets.h"

#include <math.h>

static void put_seconds(struct html *h, double seconds)
{
    html_put(h, "<td>%.2f s</td>", seconds);
}

static void put_milliseconds(struct html *h, double seconds)
{
    if (seconds < 0)
        html_put(h, "<td class=none>no loop</td>");
    else if (seconds >= 1)
        html_put(h, "<td>%.2f s</td>", seconds);
    else
        html_put(h, "<td>%.1f ms</td>", seconds * 1e3);
}

/* How many times faster than the first; a dash where either took no time. */
static void put_speedup(struct html *h, double first, double own)
{
    if (first > 0 && own > 0)
        html_put(h, "<small>%.1f&times;</small>", first / own);
}

/* The longest total, which is what the bars are measured by. */
static double longest(const struct report *report)
{
    double most = 0;
    for (size_t i = 0; i < report->n_strategies; i++)
        most = fmax(most, report->strategies[i].total);
    return most;
}

static void put_row(struct html *h, const struct report *report, const struct report_strategy *s)
{
    const struct report_strategy *first = &report->strategies[0];
    const double most = longest(report);
    html_put(h, "<tr><th scope=row>");
    html_text(h, s->name);
    html_put(h,
             "</th><td class=total><div class=bar><i style='width:%.2f%%'></i></div>"
             "<b>%.2f s</b>",
             most > 0 ? s->total / most * 100 : 0, s->total);
    put_speedup(h, first->total, s->total);
    html_put(h, "</td>");
    put_seconds(h, s->download);
    put_seconds(h, s->processing);
    html_put(h, "<td>%.0f MB</td><td>%d</td><td>%d</td>", (double)s->peak_memory / 1e6,
             s->peak_downloads, s->peak_workers);
    put_milliseconds(h, s->worst_turn);
    html_put(h, "<td>%d<span class=none> of %d</span></td></tr>\n", s->n_done,
             s->n_done + s->n_failed);
}

static void put_table(struct html *h, const struct report *report)
{
    html_put(h, "<section><h2>Strategies</h2><div class=wide tabindex=0 role=region "
                "aria-label='Table of strategies'><table><thead><tr>"
                "<th scope=col>Strategy</th><th scope=col>Total</th><th scope=col>Download</th>"
                "<th scope=col>Processing</th><th scope=col>Peak memory</th>"
                "<th scope=col>Downloads at once</th><th scope=col>Computing at once</th>"
                "<th scope=col>Worst turn of the loop</th><th scope=col>Pictures</th>"
                "</tr></thead><tbody>\n");
    for (size_t i = 0; i < report->n_strategies; i++)
        put_row(h, report, &report->strategies[i]);
    html_put(h, "</tbody></table></div></section>\n");
}

static void put_picture(struct html *h, const struct report_picture *p)
{
    html_put(h, "<figure><div class=compare><img class=before alt='");
    html_text(h, p->name);
    html_put(h, "' src='");
    html_data_url(h, p->before, p->before_size);
    html_put(h, "'><img class=after alt='edges of ");
    html_text(h, p->name);
    html_put(h, "' src='");
    html_data_url(h, p->after, p->after_size);
    html_put(h, "'><span class=handle></span><input type=range min=0 max=100 value=50 step=1 "
                "aria-label='");
    html_text(h, p->name);
    html_put(h, ": how much of the photograph shows'></div><figcaption><b>");
    html_text(h, p->name);
    html_put(h, "</b><span>%u &times; %u, %.0f KB, %.1f%% edges</span></figcaption></figure>\n",
             p->width, p->height, (double)p->bytes / 1e3,
             p->width && p->height ? 100.0 * (double)p->edges / p->width / p->height : 0.0);
}

static void put_pictures(struct html *h, const struct report *report)
{
    html_put(h, "<section><h2>Pictures</h2><p class=hint>Drag across a picture, or use the arrow "
                "keys, to go from the photograph to its edges.</p><div class=gallery>\n");
    for (size_t i = 0; i < report->n_pictures; i++)
        if (report->pictures[i].before && report->pictures[i].after)
            put_picture(h, &report->pictures[i]);
    html_put(h, "</div></section>\n");
}

static void put_timelines(struct html *h, const struct report *report)
{
    html_put(h, "<section><h2>Who waited, who worked</h2><p class=hint>One lane for each picture, "
                "then one for each worker. All drawings have the same scale.</p>\n");
    timeline_legend(h);
    const double seconds = longest(report);
    for (size_t i = 0; i < report->n_strategies; i++) {
        const struct report_strategy *s = &report->strategies[i];
        html_put(h, "<h3>");
        html_text(h, s->name);
        html_put(h,
                 "<span>%.2f s</span></h3><div class=wide tabindex=0 role=region "
                 "aria-label='Timeline'>",
                 s->total);
        timeline_draw(h, report, s, seconds);
        html_put(h, "</div>\n");
    }
    html_put(h, "</section>\n");
}

static void put_failures(struct html *h, const struct report *report)
{
    if (report->n_failures == 0)
        return;
    html_put(h, "<section><h2>Failures</h2><ul class=failures>\n");
    for (size_t i = 0; i < report->n_failures; i++) {
        html_put(h, "<li><b>");
        html_text(h, report->failures[i].picture);
        html_put(h, "</b><span>");
        html_text(h, report->failures[i].reason);
        html_put(h, "</span>");
        if (report->failures[i].strategy) {
            html_put(h, "<em>");
            html_text(h, report->failures[i].strategy);
            html_put(h, "</em>");
        }
        html_put(h, "</li>\n");
    }
    html_put(h, "</ul></section>\n");
}

/* The one sentence that the page is about: the first strategy against the fastest. */
static void put_headline(struct html *h, const struct report *report)
{
    if (report->n_strategies < 2)
        return;
    const struct report_strategy *first = &report->strategies[0], *best = first;
    for (size_t i = 1; i < report->n_strategies; i++)
        if (report->strategies[i].total < best->total)
            best = &report->strategies[i];
    if (best == first || !(best->total > 0))
        return;
    html_put(h, "<p class=headline><span><b>%.1f s</b> ", first->total);
    html_text(h, first->name);
    html_put(h, "</span><span class=arrow aria-label=to>&rarr;</span><span><b>%.1f s</b> ",
             best->total);
    html_text(h, best->name);
    html_put(h, "</span><span class=times><b>%.1f&times;</b> faster</span></p>\n",
             first->total / best->total);
}

int report_make(const struct report *report, struct bytes *ret)
{
    struct html h = {.out = ret};
    const size_t start = ret->size;
    html_put(&h, "<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8>"
                 "<meta name=viewport content='width=device-width, initial-scale=1'>"
                 "<meta name=color-scheme content='light dark'><title>");
    html_text(&h, report->title);
    html_put(&h, "</title>\n<style>%s</style></head>\n<body><header><h1>", report_css);
    html_text(&h, report->title);
    html_put(&h, "</h1><p>");
    html_text(&h, report->subtitle);
    html_put(&h, "</p>\n");
    put_headline(&h, report);
    html_put(&h, "</header>\n<main>");
    if (report->n_strategies > 0)
        put_table(&h, report);
    put_pictures(&h, report);
    if (report->n_strategies > 0)
        put_timelines(&h, report);
    put_failures(&h, report);
    html_put(&h,
             "</main>\n<div id=tip role=status hidden></div>\n<script>%s</script>"
             "</body></html>\n",
             report_js);
    if (h.err < 0)
        ret->size = start;
    return h.err;
}

int report_write(const struct report *report, const char *path)
{
    struct bytes page = {0};
    int err = report_make(report, &page);
    if (err == 0)
        err = bytes_write_file(&page, path);
    bytes_done(&page);
    return err;
}

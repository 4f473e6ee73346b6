/* timeline.h: one strategy's time as an SVG drawing: a lane for each picture, then for each worker. */
#ifndef PICTURES_TIMELINE_H
#define PICTURES_TIMELINE_H

#include "html.h"
#include "report.h"

/* Draws a strategy. seconds: what the full width stands for, the same for all strategies of a
 * report, so that lengths can be compared by eye. */
void timeline_draw(struct html *h, const struct report *report,
                   const struct report_strategy *strategy, double seconds);

/* Draws what each colour means. */
void timeline_legend(struct html *h);

/* The CSS class of a kind, and what it is called. */
const char *timeline_class(enum report_kind kind);

#endif

/* measure.c: spans, and what is counted from them. */
#include "measure.h"

#include <stdlib.h>
#include <time.h>

double measure_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* With the lock held. A span that there is no memory for is counted and left out. */
static void add(struct run *run, const struct report_span *span)
{
    if (run->n_spans == run->spans_room) {
        const size_t room = run->spans_room ? 2 * run->spans_room : 128;
        struct report_span *more = realloc(run->spans, room * sizeof *more);
        if (!more) {
            run->lost_spans++;
            return;
        }
        run->spans = more;
        run->spans_room = room;
    }
    run->spans[run->n_spans++] = *span;
}

static void finish(struct run *run, int i, double now)
{
    struct track *t = &run->tracks[i];
    if (t->kind == REPORT_KINDS)
        return;
    const struct report_span span = {t->kind, t->since - run->start, now - run->start, i, 0};
    pthread_mutex_lock(&run->lock);
    add(run, &span);
    pthread_mutex_unlock(&run->lock);
    t->kind = REPORT_KINDS;
}

void track_to(struct run *run, int i, enum report_kind kind)
{
    const double now = measure_now();
    finish(run, i, now);
    run->tracks[i] = (struct track){kind, now};
}

void track_end(struct run *run, int i)
{
    finish(run, i, measure_now());
}

/* With the lock held: the lane of a worker. More workers than lanes share the last one. */
static int lane_of(struct run *run, long who)
{
    enum { LANES = sizeof run->lanes / sizeof *run->lanes };
    int lane = 0;
    while (lane < run->n_lanes && run->lanes[lane] != who)
        lane++;
    if (lane == LANES)
        return LANES - 1;
    if (lane == run->n_lanes)
        run->lanes[run->n_lanes++] = who;
    return lane;
}

void track_compute(struct run *run, int i, double start, double end, long who)
{
    finish(run, i, start);
    struct report_span span = {REPORT_COMPUTE, start - run->start, end - run->start, i, 0};
    pthread_mutex_lock(&run->lock);
    span.worker = lane_of(run, who);
    add(run, &span);
    pthread_mutex_unlock(&run->lock);
}

static int by_start(const void *a, const void *b)
{
    const struct report_span *x = a, *y = b;
    return (x->start > y->start) - (x->start < y->start);
}

static int between(const struct report_span *s, enum report_kind first, enum report_kind last)
{
    return s->kind >= first && s->kind <= last;
}

/* Sweeps from span to span: each adds what of it lies beyond all that began before. */
double measure_busy(struct run *run, enum report_kind first, enum report_kind last)
{
    double sum = 0, reached = 0;
    qsort(run->spans, run->n_spans, sizeof *run->spans, by_start);
    for (size_t i = 0; i < run->n_spans; i++) {
        const struct report_span *s = &run->spans[i];
        if (!between(s, first, last) || s->end <= reached)
            continue;
        sum += s->end - (s->start > reached ? s->start : reached);
        reached = s->end;
    }
    return sum;
}

/* The most is reached when one of them begins: it is enough to count at each beginning. */
int measure_peak(const struct run *run, enum report_kind first, enum report_kind last)
{
    int peak = 0;
    for (size_t i = 0; i < run->n_spans; i++) {
        if (!between(&run->spans[i], first, last))
            continue;
        const double at = run->spans[i].start;
        int n = 0;
        for (size_t k = 0; k < run->n_spans; k++)
            n += between(&run->spans[k], first, last) && run->spans[k].start <= at &&
                 run->spans[k].end > at;
        if (n > peak)
            peak = n;
    }
    return peak;
}

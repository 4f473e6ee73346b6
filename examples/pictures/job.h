/* job.h: one run of the pipeline over a list of pictures, and what is known about each of them.
 *
 * The list is made once and only read afterwards; a strategy's run writes outcomes and spans.
 * Outcome i belongs to whoever works on picture i, which is one task or one thread at a time.
 * Spans come from several threads and have a lock (measure.h).
 */
#ifndef PICTURES_JOB_H
#define PICTURES_JOB_H

#include "edges.h"
#include "options.h"
#include "report.h"

#include <pthread.h>

struct picture {
    char *url;
    char *name;  /* fit for a file name, and no other picture of the list has it */
    char *file;  /* where the download goes                                      */
    char *edges; /* where the PNG of its edges goes                              */
};

struct list {
    struct picture *pictures;
    int n, room;
};

struct outcome {
    int err; /* 0, or what went wrong */
    int downloaded, done;
    char reason[200];
    uint64_t bytes; /* of the download */
    struct edges_stats stats;
    struct bytes before, after; /* previews */
};

/* What a picture is doing at present; a change of kind leaves a span behind. */
struct track {
    enum report_kind kind;
    double since;
};

struct progress;

struct run {
    const struct options *options;
    struct list *list;
    struct outcome *outcomes; /* as many as the list has          */
    struct track *tracks;
    struct progress *progress;
    double start; /* when it began: of measure_now()              */

    pthread_mutex_t lock; /* of what follows */
    struct report_span *spans;
    size_t n_spans, spans_room;
    long lanes[64]; /* who works in lane i: a process or thread id */
    int n_lanes;
    int lost_spans; /* there was no memory for them: the timeline has gaps */
};

#endif

/* measure.h: what a run costs: spans of time for each picture, and memory. */
#ifndef PICTURES_MEASURE_H
#define PICTURES_MEASURE_H

#include "job.h"

#include <coil.h>

/* Seconds on the monotonic clock, which all processes of a machine share. */
double measure_now(void);

/* Says what picture i is doing from now on; what it did before becomes a span. From any thread. */
void track_to(struct run *run, int i, enum report_kind kind);

/* The picture is doing nothing more, for now. From any thread. */
void track_end(struct run *run, int i);

/* Says that picture i waited for a worker until start and was computed until end, by process or
 * thread `who`, which gets a lane of its own. From any thread. */
void track_compute(struct run *run, int i, double start, double end, long who);

/* For how long, in seconds, at least one picture was in kinds first to last. When all work is over:
 * it puts the spans in order of their start. */
double measure_busy(struct run *run, enum report_kind first, enum report_kind last);

/* The most pictures that were at the same time in kinds first to last. */
int measure_peak(const struct run *run, enum report_kind first, enum report_kind last);

/* The memory of this process and all below it, watched by a thread of its own. */
struct memory_watch {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int stop, started;
    uint64_t peak; /* bytes */
};

/* Begins to watch. Returns 0, or the error of making a thread. */
int memory_watch_begin(struct memory_watch *watch);

/* Ends it; gives the peak in bytes, 0 when it was not begun. */
uint64_t memory_watch_end(struct memory_watch *watch);

#endif

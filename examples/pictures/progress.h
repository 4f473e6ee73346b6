/* progress.h: what the user sees while it runs: two bars on a terminal, plain lines elsewhere.
 * Bytes may be counted from any thread; everything else belongs to the loop's thread. */
#ifndef PICTURES_PROGRESS_H
#define PICTURES_PROGRESS_H

#include <stdatomic.h>
#include <stdio.h>

struct progress {
    FILE *out;
    int terminal; /* 1: bars are drawn                             */
    int drawn;    /* 1: the last two lines are bars                */
    int total, downloaded, done, failed;
    atomic_llong bytes;
    double start, drawn_at;
};

/* Begins with a heading. out is a terminal or not, which decides how it looks. */
void progress_begin(struct progress *p, FILE *out, const char *heading, int total);

/* bytes arrived, or were for nothing (negative). From any thread. */
void progress_bytes(struct progress *p, long long bytes);

/* One picture is downloaded, done, or failed. */
void progress_downloaded(struct progress *p, const char *name, unsigned long long bytes);
void progress_done(struct progress *p, const char *name, unsigned width, unsigned height);
void progress_failed(struct progress *p, const char *name, const char *reason);

/* Draws the bars again, at most ten times a second. */
void progress_tick(struct progress *p);

/* Leaves the bars as they are at the end. */
void progress_end(struct progress *p);

#endif

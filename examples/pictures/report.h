/* report.h: one HTML page that shows what concurrency bought.
 *
 * The page needs nothing but itself: style, script and pictures are inside, so it can be mailed.
 * It is made from plain structs that the caller fills in and keeps; report.c copies nothing and
 * changes nothing. Times are seconds since the strategy began. Every name is escaped; bytes that
 * aren't UTF-8 become the replacement character.
 */
#ifndef PICTURES_REPORT_H
#define PICTURES_REPORT_H

#include "bytes.h"

/* What a picture was doing for a while. */
enum report_kind {
    REPORT_QUEUED,   /* waited for its turn to download         */
    REPORT_CONNECT,  /* waited for the first byte of the answer */
    REPORT_DOWNLOAD, /* received                                */
    REPORT_BACKOFF,  /* waited before trying again              */
    REPORT_READY,    /* waited for a worker                     */
    REPORT_COMPUTE,  /* its edges were being found              */
    REPORT_KINDS
};

struct report_span {
    enum report_kind kind;
    double start, end; /* seconds                                                     */
    int picture;       /* index into the report's pictures                            */
    int worker;        /* for REPORT_COMPUTE: which worker, from 0; otherwise ignored */
};

struct report_strategy {
    const char *name;
    double download, processing, total; /* seconds                                       */
    uint64_t peak_memory;               /* bytes resident                                */
    int peak_downloads, peak_workers;   /* how many at the same time                     */
    double worst_turn;                  /* seconds; below 0: the strategy has no loop    */
    int n_done, n_failed;               /* pictures                                      */
    int n_workers;                      /* lanes for workers; 0: none are drawn          */
    const struct report_span *spans;
    size_t n_spans;
};

/* The two are JPEG or PNG files; NULL when the picture failed. */
struct report_picture {
    const char *name;
    uint32_t width, height; /* of the picture itself */
    uint64_t bytes;         /* of its file           */
    uint64_t edges;         /* pixels                */
    const uint8_t *before, *after;
    size_t before_size, after_size;
};

struct report_failure {
    const char *picture;  /* its name or URL            */
    const char *strategy; /* NULL: said for all of them */
    const char *reason;
};

struct report {
    const char *title;
    const char *subtitle; /* one sentence: where the pictures came from, the machine */
    const struct report_strategy *strategies; /* the first is what the others are compared to */
    size_t n_strategies;
    const struct report_picture *pictures;
    size_t n_pictures;
    const struct report_failure *failures;
    size_t n_failures;
};

/* Appends the page. Returns 0 or -ENOMEM. */
int report_make(const struct report *report, struct bytes *ret);

/* Writes the page to a file: whole, or not at all. Returns 0, -ENOMEM or the file's error. */
int report_write(const struct report *report, const char *path);

#endif

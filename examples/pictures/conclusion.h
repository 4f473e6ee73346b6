/* conclusion.h: what is said and written when the runs are over. */
#ifndef PICTURES_CONCLUSION_H
#define PICTURES_CONCLUSION_H

#include "job.h"

struct conclusion {
    const struct options *options;
    const struct list *list;
    const struct run *runs;
    const struct report_strategy *results; /* of each run */
    int n;
};

/* Prints the table and a summary of failures, and writes the report when one is wanted.
 * Returns the exit status: 0, or 1 when a picture failed or the report could not be written. */
int conclusion_print(const struct conclusion *c);

/* Says what was finished before the interruption. Returns the exit status, 130. */
int conclusion_interrupted(const struct conclusion *c);

#endif

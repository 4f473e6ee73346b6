/* strategies.h: five ways to do the same work. */
#ifndef PICTURES_STRATEGIES_H
#define PICTURES_STRATEGIES_H

#include "job.h"

#include <coil.h>

enum strategy_place { IN_LOOP, IN_THREADS, IN_PROCESSES };

struct strategy {
    const char *name;
    enum strategy_place download, processing;
    int one_by_one; /* 1: one picture after the other */
};

#define STRATEGIES 5
extern const struct strategy strategies[STRATEGIES];

/* The strategy of that name, or NULL. */
const struct strategy *strategy_find(const char *name);

/* Runs a strategy over run->list; run is made by run_init. ret: what it took; its spans are run's.
 * Failures of pictures are written into outcomes and are no error of the run.
 * Returns 0, -ECANCELED, or why there was no run at all (a pool or a thread could not be made). */
COIL_DECLARE(strategy_run, (const struct strategy *, strategy), (struct run *, run),
             (struct report_strategy *, ret));

/* Makes a run over a list. Returns 0 or -ENOMEM. */
int run_init(struct run *run, const struct options *options, struct list *list);

/* Releases everything. */
void run_done(struct run *run);

#endif

/* process.h: the edges of one downloaded picture, wherever the strategy wants them computed. */
#ifndef PICTURES_PROCESS_H
#define PICTURES_PROCESS_H

#include "job.h"

#include <coil.h>

enum process_where { PROCESS_IN_LOOP, PROCESS_IN_POOL };

/* Reads the file of picture i, has its edges found, writes them as a PNG (whole or not at all) and
 * fills in the rest of its outcome. pool: of threads or processes, for PROCESS_IN_POOL; in the
 * loop, the loop stands still meanwhile.
 * Returns 0, or the error with its message. Suspends. */
int process(struct run *run, int i, enum process_where where, coil_pool *pool);

#endif

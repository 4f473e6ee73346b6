/* task/gathering.h: what stands behind a gather's future: see gathering.c. */
#ifndef COIL_TASK_GATHERING_H
#define COIL_TASK_GATHERING_H

#include "task/tasks.h"

/* Starts or joins the calls. early: it settles at the first error. Returns 0 and the outer future, whose reference is the caller's; else
 * an error, and calls that were not reached are the caller's to drop. */
int coil__gathering_new(const coil_call *calls, int n, bool early, struct coil__future **ret_outer);
/* The outcome of call i, when all have ended: -ECANCELED for one that was given up. */
int coil__gathering_status(const struct coil__gathering *g, int i);
/* Goes on without those that were joined and still run. */
void coil__gathering_give_up_joined(struct coil__gathering *g);
/* Takes over the reference to the error. Returns whether there was anything to cancel. */
bool coil__gathering_cancel(coil_loop *loop, struct coil__gathering *g, struct coil__error *error);
/* Whether its -ECANCELED means that it was cancelled, or, of a gather_future, a child that ended it. */
bool coil__gathering_was_cancelled(const struct coil__gathering *g);
/* The outputs of those that succeeded go to the caller. */
void coil__gathering_land(struct coil__gathering *g);
/* The outer future goes. */
void coil__gathering_let_go(struct coil__gathering *g);
/* At the close of the loop: of a node that will not run; of a watcher, which the caller took out: true when it was a gathering's. */
bool coil__gathering_discard(struct coil__ready *node);
bool coil__gathering_unwatch(struct coil__watcher *w);

#endif

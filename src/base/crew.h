/* base/crew.h: a bounded crew of helper threads for work that blocks.
 *
 * Jobs are intrusive and run in order of submission; threads start on demand up to the maximum. A job belongs to the crew from
 * submit until its run() was entered or cancel took it back; run() may free it. All signals are blocked in the helpers. Any thread may
 * submit and cancel.
 */
#ifndef COIL_BASE_CREW_H
#define COIL_BASE_CREW_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

struct coil__crew;

/* A mutex that is held for moments only: whoever finds it locked watches before sleeping. */
void coil__mutex_init(pthread_mutex_t *lock);

struct coil__job {
    struct coil__list link;
    void (*run)(struct coil__job *job); /* in a helper thread */
};

/* Makes a crew of at most `max_threads` named `name` (15 bytes). Starts no thread. Returns 0 or -ENOMEM. */
int coil__crew_new(const char *name, int max_threads, struct coil__crew **ret_crew);
/* Takes a job. Returns 0, or the error of starting the first thread (with threads there already the job just waits). */
int coil__crew_submit(struct coil__crew *crew, struct coil__job *job);
/* For run(), from the helper: all that is left of this job is to tell somebody. Who then submits the next job at once leaves it to this
 * thread, without waking another one. What follows must not block. */
void coil__crew_leaving(void);
/* Takes a queued job back: true. False when it runs or has run. */
bool coil__crew_cancel(struct coil__crew *crew, struct coil__job *job);
/* Lets all jobs finish, joins the threads and frees the crew. */
void coil__crew_free(struct coil__crew *crew);
/* Frees it at once without waiting: the threads end on their own after what they run now, and jobs still queued are dropped (they
 * are the caller's again). For work that can't be stopped, such as getaddrinfo. */
void coil__crew_abandon(struct coil__crew *crew);
/* How long an idle thread watches for the next job before it sleeps, while that pays: ns, 0 at first for not at all. */
void coil__crew_set_spin(struct coil__crew *crew, int64_t ns);
/* How many jobs wait, and how many threads exist. */
int coil__crew_queued(struct coil__crew *crew);
int coil__crew_threads(struct coil__crew *crew);

#endif

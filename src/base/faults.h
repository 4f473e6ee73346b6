/* base/faults.h: how a test makes system calls fail. Only tests include it.
 *
 * A plan counts each call by its name in the table (base/sys.h) and makes one of them fail. It lies in memory that is shared with
 * forked children, so that the calls of a fork server and its workers are counted, and fail, too. Any thread may make calls
 * meanwhile; start, fail and stop are for when nothing else runs. Built only with COIL_FAULTS; without it start is -ENOSYS.
 */
#ifndef COIL_BASE_FAULTS_H
#define COIL_BASE_FAULTS_H

#include <stdbool.h>

enum { COIL__FAULTS_CALLS = 96, COIL__FAULTS_NAME = 32 };

struct coil__fault_count {
    const char *call;
    unsigned n;
};

/* Starts counting. Returns 0, -ENOSYS (built without COIL_FAULTS), -ENOMEM. */
int coil__faults_start(void);
/* Counts from zero again, and plans: the nth call (1 is the next) fails with `error`, a positive errno (for getaddrinfo its
 * own number) or COIL__SYS_SHORT; with `and_all_after` each later one too. call = NULL plans nothing. */
void coil__faults_plan(const char *call, unsigned nth, int error, bool and_all_after);
/* How often each call was made since the plan. Returns how many of `room` it filled in. */
unsigned coil__faults_counts(struct coil__fault_count *ret_counts, unsigned room);
/* How many calls were made to fail since the plan. */
unsigned coil__faults_hits(void);
/* Stops counting. */
void coil__faults_stop(void);

#endif

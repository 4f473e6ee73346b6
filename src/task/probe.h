/* task/probe.h: for tests: what is told of every suspension and every waking, so that a cancellation can be put at each of them.
 *
 * Called in the thread of the task's loop, when the wait has been armed, or when the task has been queued to go on. A probe may
 * cancel tasks and nothing else. Only builds with COIL_FAULTS have it.
 */
#ifndef COIL_TASK_PROBE_H
#define COIL_TASK_PROBE_H

struct coil__task;

enum coil__probe_point { COIL__PROBE_SUSPENDED, COIL__PROBE_WOKEN };

#ifdef COIL_FAULTS
extern void (*coil__task_probe)(struct coil__task *t, enum coil__probe_point point);
static inline void coil__probe(struct coil__task *t, enum coil__probe_point point)
{
    if (coil__task_probe)
        coil__task_probe(t, point);
}
#else
static inline void coil__probe(struct coil__task *t, enum coil__probe_point point)
{
    (void)t;
    (void)point;
}
#endif

#endif

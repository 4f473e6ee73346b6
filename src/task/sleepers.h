/* task/sleepers.h: which tasks' stacks are put to sleep, and when. NULL in struct coil__tasks where the loop has not asked for it.
 *
 * Layer: coro/sleep.h puts stacks to sleep; what a task waits in tells whether anybody writes to its stack meanwhile.
 */
#ifndef COIL_TASK_SLEEPERS_H
#define COIL_TASK_SLEEPERS_H

#include "coro/sleep.h"
#include "task/task.h"

struct coil__sleepers;

/* Starts to put stacks to sleep, as the loop's options say; where it can't be, nothing happens. Returns 0 or -ENOMEM. */
int coil__sleepers_make(struct coil__tasks *tasks);
/* The last tasks have gone, and the stacks are not watched any more. */
void coil__sleepers_free(struct coil__tasks *tasks);

/* Wakes a task's stack, if it sleeps, for somebody who is about to use it without the task going on. */
void coil__sleepers_wake(struct coil__tasks *tasks, struct coil__task *t);
/* Whether a ready node is a task's. */
bool coil__sleepers_is_task(const struct coil__ready *node);

/* The running task gives the kernel these addresses: other stacks that they lie on must not sleep. */
void coil__sleepers_lend(struct coil__tasks *tasks, const void *address);
void coil__sleepers_lend_op(struct coil__tasks *tasks, const struct coil__op *op);

static inline void coil__lend(const void *address)
{
    struct coil__tasks *tasks = coil__here.loop ? coil__tasks_of(coil__here.loop) : NULL;
    if (__builtin_expect(tasks && tasks->sleepers, 0))
        coil__sleepers_lend(tasks, address);
}
static inline void coil__lend_op(const struct coil__op *op)
{
    struct coil__tasks *tasks = coil__tasks_of(coil__here.loop);
    if (__builtin_expect(tasks->sleepers != NULL, 0))
        coil__sleepers_lend_op(tasks, op);
}

#endif

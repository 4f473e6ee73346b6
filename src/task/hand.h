/* task/hand.h: a coroutine that is driven by hand, from inside.
 *
 * It is a generator with a stand-in for a task: while its body runs, the stand-in is the running task, so that everything that suspends
 * uses the stand-in's wait, and as an eager task does it switches back to whoever stepped it. Waking it queues its
 * node, which only notes that it may go on.
 *
 * Always true: the stand-in has no call and no stack, and its handle is good for nothing. Scopes that were entered on other generators'
 * stacks while it was current hold references, so it may outlive its generator, until its loop closes. `awaits`: the body is suspended in the stand-in's wait, else at a yield or not started. Without a loop the
 * stand-in is not current: then the body can only be suspended by coil_yield_now, or by a wait that enters a loop first.
 */
#ifndef COIL_TASK_HAND_H
#define COIL_TASK_HAND_H

#include "task/tasks.h"

struct coil__generator;

enum { COIL__STAND_IN = 0x7fffffff }; /* the slot of a stand-in, which is in no slab */

struct coil__hand {
    struct coil__task task;    /* the stand-in                                                   */
    struct coil__generator *g; /* whose hand this is                                             */
    struct coil__list link;    /* of those that outlive their generator: tasks->hands */
    struct coil__task *driver; /* the task that steps it just now, or NULL                       */
    struct coil__list waiters; /* tasks in coil_coroutine_wait                                   */
    coil_loop *loop;           /* while it awaits: the loop of the wait, or NULL for a bare yield */
    int thrown;                /* what the wait shall fail with, or 0                            */
    bool awaits;               /* see above                                                      */
    bool asked; /* a wait was asked to end, which counts as a cancellation until then */
    bool told;  /* its node has run: whoever waits for it was told                */
};

static inline struct coil__hand *coil__hand_of(struct coil__task *stand_in)
{
    return COIL__CONTAINER(stand_in, struct coil__hand, task);
}
static inline bool coil__task_stands_in(const struct coil__task *t)
{
    return t->base.head.slot == COIL__STAND_IN;
}
static inline bool coil__hand_pending(const struct coil__hand *h)
{
    return h->awaits && h->task.wait_state == COIL__WAIT_PENDING;
}
/* Takes a request back: true when none is left, and then nothing is delivered, but what was thrown by hand. */
static inline bool coil__task_uncancel(struct coil__task *t)
{
    if (t->cancelling == 0 || --t->cancelling > 0)
        return false;
    t->must_cancel = coil__task_stands_in(t) && coil__hand_of(t)->thrown < 0;
    return true;
}
/* The task that runs, whoever stands in for it; NULL outside of tasks. */
struct coil__task *coil__hand_driver(struct coil__task *t);

struct coil__hand *coil__hand_new(struct coil__generator *g); /* NULL: out of memory */
/* It has ended, or will not go on: its wait is undone, and those who wait for it are told. */
void coil__hand_end(struct coil__hand *h);
/* Its generator goes; and a scope let go of it last. */
void coil__hand_drop(struct coil__hand *h, struct coil__tasks *tasks);
void coil__hand_free(struct coil__hand *h);
/* Whether the kernel or a thread works for its wait: then it can't go on before they are done. */
bool coil__hand_is_worked_for(const struct coil__hand *h);
/* Whether a step may begin that throws `thrown` (0: that sends). May suspend the driver. 0, -COIL_EINVALIDSTATE, -COIL_ENOTASK. */
int coil__hand_enter(struct coil__hand *h, int thrown);
/* Runs the body until it yields, awaits or ends; if it is at a yield, that returns `thrown` (0: nothing is). */
void coil__hand_step(struct coil__hand *h, int thrown);
/* Runs one that awaits to its end or a yield, in the current task; cancellations of that task are passed on. err: the outcome if it
 * does not end. Returns the outcome of a close. */
int coil__hand_finish(struct coil__hand *h, int err);
/* The loop closes: what the kernel owes to the wait ends. */
void coil__hand_abandon_wait(struct coil__hand *h);

/* A wait of the task took what it can't return: its next suspension, or yield, delivers it. */
void coil__hand_owe(struct coil__task *t, int delivered);
/* The same, for the coroutine by hand that runs here: it did not hear of it. */
void coil__hand_owe_again(int thrown);
/* What the stand-in's wait fails with. */
int coil__hand_take_thrown(struct coil__task *stand_in);
/* coil_yield_now where no loop runs: 0, what is thrown, or -COIL_ENOLOOP, -COIL_ENOTASK when no hand drives. */
int coil__hand_yield(void);
/* A future or task of that loop is awaited where no loop runs: enters it for the rest of this step, when a hand drives. 0 or -COIL_ENOLOOP. */
int coil__hand_enter_loop(const void *handle, struct coil__task **ret_self);

#endif

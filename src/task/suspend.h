/* task/suspend.h: leaving the running task for the next one, inline: each wait of the room has it in its own frame.
 *
 * The path that everything takes. A task that goes on returns through the frames of its wait, where whoever suspended a moment
 * ago came in through other ones; the fewer they are the less the processor expects wrongly.
 */
#ifndef COIL_TASK_SUSPEND_H
#define COIL_TASK_SUSPEND_H

#include "task/probe.h"
#include "task/tasks.h"

/* Gives back the stack of the task that ended before this context went on. Apart, so that those who only yield save no registers for it. */
void coil__reap_now(struct coil__tasks *tasks);
void coil__switch_out_of_generator(struct coil__task *self);

static inline void coil__reap(struct coil__tasks *tasks)
{
    if (__builtin_expect(tasks->reap != NULL, 0))
        coil__reap_now(tasks);
}

static inline void coil__become(struct coil__task *t)
{
    coil__here.task = t;
    coil__error_use_slot(t ? &t->base.error : NULL);
}

/* The one after the next: its stack is fetched while the next one runs. */
static inline void coil__warm(const struct coil__ready *node)
{
    if (!node || node->run != coil__task_run_ready)
        return;
    const char *sp = COIL__CONTAINER(node, struct coil__task, ready)->coro.sp;
    __builtin_prefetch(sp);
    __builtin_prefetch(sp + 64);
    __builtin_prefetch(sp + 128);
}

/* The context that runs after this one: who started us eagerly, the next ready task, or the loop. */
static inline struct coil__coro *coil__next_context(struct coil__tasks *tasks, coil_loop *loop,
                                                    struct coil__task *self)
{
    if (__builtin_expect(self->eager_back != NULL, 0)) {
        struct coil__coro *back = self->eager_back;
        self->eager_back = NULL;
        return back; /* whoever it is makes itself current again */
    }
    struct coil__ready *node = loop->now;
    if (!node && coil__loop_roll(loop))
        node = loop->now;
    if (__builtin_expect(node && node->run == coil__task_run_ready, 1)) {
        loop->now = node->next;
        struct coil__task *t = COIL__CONTAINER(node, struct coil__task, ready);
        coil__warm(node->next);
        t->kind = NULL;
        coil__become(t);
        return &t->coro;
    }
    coil__become(NULL);
    return &tasks->loop_coro;
}

static inline void coil__switch_out(struct coil__task *self)
{
    coil_loop *loop = coil__here.loop;
    struct coil__tasks *tasks = coil__tasks_of(loop);
    struct coil__coro *next = coil__next_context(tasks, loop, self);
    if (next != &self->coro)
        coil__coro_switch(&self->coro, next);
    coil__reap(tasks);
}

/* A generator's body is about to leave this stack to others: whoever goes on is in no generator. What is returned is put back later. */
static inline void *coil__leave_generator(void)
{
    void *generator = coil__here.generator;
    if (__builtin_expect(generator != NULL, 0))
        coil__here.generator = NULL;
    return generator;
}

static inline void coil__suspend_here(struct coil__task *self, const struct coil__wait_kind *kind,
                                      void *subject)
{
    self->kind = kind;
    self->subject = subject;
    self->wait_cancelled = false;
    if (__builtin_expect(self->must_cancel, 0) && self->wait_state == COIL__WAIT_PENDING &&
        kind->cancel && kind->cancel(self))
        self->must_cancel = false;
    coil__probe(self, COIL__PROBE_SUSPENDED);
    if (__builtin_expect(coil__here.generator != NULL, 0))
        coil__switch_out_of_generator(self);
    else
        coil__switch_out(self);
    self->subject = NULL;
}

#endif

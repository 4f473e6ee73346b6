/* task/switch.c: who runs: from one task to the next, to a task that starts, from one that ended.
 *
 * The loop's stack runs callbacks and starts the first task of a stretch; a task that suspends switches straight to the
 * next one when the next ready node is a task too, so a stretch of tasks costs one switch each. A stack is given back from
 * the context that runs next (tasks->reap), never from itself.
 *
 * This is the path that everything takes, so it is one file: suspending is one call from the caller's frame to the switch.
 */
#include <errno.h>

#include "task/hand.h"
#include "task/probe.h"
#include "task/tasks.h"

/* ---------------------------------------------------------------- between contexts ---- */

/* Gives back the stack of the task that ended before this context went on. Apart, so that those who only yield save no registers for it. */
static __attribute__((noinline)) void reap_now(struct coil__tasks *tasks)
{
    struct coil__task *t = tasks->reap;
    tasks->reap = NULL;
    if (!t->base.landing)
        coil__task_drop_stack(tasks, t);
    coil__awaitable_unref(tasks->loop, &t->base);
}

static inline void reap(struct coil__tasks *tasks)
{
    if (__builtin_expect(tasks->reap != NULL, 0))
        reap_now(tasks);
}

static inline void become(struct coil__task *t)
{
    coil__here.task = t;
    coil__error_use_slot(t ? &t->base.error : NULL);
}

/* The one after the next: its stack is fetched while the next one runs. */
static inline void warm(const struct coil__ready *node)
{
    if (!node || node->run != coil__task_run_ready)
        return;
    const char *sp = COIL__CONTAINER(node, struct coil__task, ready)->coro.sp;
    __builtin_prefetch(sp);
    __builtin_prefetch(sp + 64);
    __builtin_prefetch(sp + 128);
}

/* The context that runs after this one: who started us eagerly, the next ready task, or the loop. */
static inline struct coil__coro *next_context(struct coil__tasks *tasks, coil_loop *loop,
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
    if (node && node->run == coil__task_run_ready) {
        loop->now = node->next;
        struct coil__task *t = COIL__CONTAINER(node, struct coil__task, ready);
        warm(node->next);
        t->kind = NULL;
        become(t);
        return &t->coro;
    }
    become(NULL);
    return &tasks->loop_coro;
}

static inline void switch_out(struct coil__task *self)
{
    coil_loop *loop = coil__here.loop;
    struct coil__tasks *tasks = coil__tasks_of(loop);
    struct coil__coro *next = next_context(tasks, loop, self);
    if (next != &self->coro)
        coil__coro_switch(&self->coro, next);
    reap(tasks);
}

/* A generator's body is about to leave this stack to others: whoever goes on is in no generator. What is returned is put back later. */
static inline void *leave_generator(void)
{
    void *generator = coil__here.generator;
    if (__builtin_expect(generator != NULL, 0))
        coil__here.generator = NULL;
    return generator;
}

/* The loop runs a task's turn: from the loop's stack. */
void coil__task_run_ready(struct coil__ready *node)
{
    struct coil__task *t = COIL__CONTAINER(node, struct coil__task, ready);
    struct coil__tasks *tasks = coil__tasks_of(coil__here.loop);
    t->kind = NULL;
    become(t);
    coil__coro_switch(&tasks->loop_coro, &t->coro);
    reap(tasks);
}

void coil__task_run_eagerly(struct coil__tasks *tasks, struct coil__task *t)
{
    struct coil__task *creator = coil__here.task;
    struct coil__coro *here = creator ? &creator->coro : &tasks->loop_coro;
    void *generator = leave_generator();
    struct coil__error **slot = coil__error_slot_in_use; /* a stand-in has its driver's */
    t->eager_back = here;
    become(t);
    coil__coro_switch(here, &t->coro);
    coil__here.task = creator;
    coil__error_use_slot(slot);
    coil__here.generator = generator;
    reap(tasks);
}

/* ---------------------------------------------------------------- suspending ---- */

#ifdef COIL_FAULTS
void (*coil__task_probe)(struct coil__task *t, enum coil__probe_point point);
#endif

/* A generator's body awaits: it is suspended with the task, and found again with it. */
static __attribute__((noinline)) void switch_out_of_generator(struct coil__task *self)
{
    void *generator = leave_generator();
    switch_out(self);
    coil__here.generator = generator;
}

static inline void suspend(struct coil__task *self, const struct coil__wait_kind *kind,
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
        switch_out_of_generator(self);
    else
        switch_out(self);
    self->subject = NULL;
}

void coil__suspend(const struct coil__wait_kind *kind, void *subject)
{
    suspend(coil__here.task, kind, subject);
}

static const struct coil__wait_kind yield_kind = {"yield", NULL, NULL, COIL__RESTS_NOT};

static inline int yield(struct coil__task *self)
{
    self->wait_state = COIL__WAIT_NONE;
    coil__loop_push(coil__here.loop, &self->ready);
    suspend(self, &yield_kind, NULL);
    return __builtin_expect(self->must_cancel, 0) ? coil__take_cancel(self) : 0;
}

int coil__yield(void)
{
    return yield(coil__here.task);
}

int coil_yield_now(void)
{
    struct coil__task *self = coil__here.task;
    return self ? yield(self) : coil__hand_yield();
}

/* ---------------------------------------------------------------- starting and ending ---- */

/* A status and what the task still owed decide the outcome: a cancellation that was not delivered beats a success. Returns the status
 * and the record that goes with it. */
static __attribute__((noinline)) int decide(struct coil__task *t, int status,
                                            struct coil__error **ret_record)
{
    struct coil__error *record = t->base.error;
    t->base.error = NULL;
    if (status >= 0 && t->must_cancel) {
        t->must_cancel = false;
        status = -ECANCELED;
    }
    if (record && (status >= 0 || coil__error_code(record) != status)) {
        coil__error_unref(record);
        record = NULL;
    }
    if (status == -ECANCELED && !record && t->cancel_error)
        record = coil__error_ref(t->cancel_error);
    if (t->cancel_error)
        coil__error_set(&t->cancel_error, NULL);
    if (status < 0)
        t->base.landing = 0;
    if (t->fn->discard && !(t->fn->land && status >= 0)) { /* else once its outputs have landed */
        t->fn->discard(t->call->args);
        if (t->base.error) /* what tidying up met is nobody's business */
            coil__error_set(&t->base.error, NULL);
    }
    *ret_record = record;
    return status;
}

static inline void end_task(struct coil__tasks *tasks, struct coil__task *t, int status)
{
    struct coil__error *record = NULL;
    if (__builtin_expect(
            status < 0 || t->must_cancel || t->base.error || t->cancel_error || t->fn->discard, 0))
        status = decide(t, status, &record);
    tasks->alive--;
    coil__error_use_slot(NULL);
    coil__awaitable_finish(&t->base, status, record);
}

struct coil__coro *coil__task_entry(void *arg)
{
    struct coil__task *t = arg;
    coil_loop *loop = coil__here.loop;
    struct coil__tasks *tasks = coil__tasks_of(loop);
    reap(tasks);
    int status;
    if (__builtin_expect(t->must_cancel, 0)) { /* before its first step: no line of its body runs */
        t->must_cancel = false;
        coil__error_put(coil__error_ref(t->cancel_error));
        status = -ECANCELED;
    } else if (__builtin_expect(t->call->flags, 0)) {
        status = coil__call_run(t->call);
    } else {
        status = t->fn->enter(t->call->args);
    }
    end_task(tasks, t, status);
    struct coil__coro *next = next_context(tasks, loop, t);
    tasks->reap = t;
    return next;
}

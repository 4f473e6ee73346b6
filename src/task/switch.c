/* task/switch.c: who runs: from one task to the next, to a task that starts, from one that ended.
 *
 * The loop's stack runs callbacks and starts the first task of a stretch; a task that suspends switches straight to the
 * next one when the next ready node is a task too, so a stretch of tasks costs one switch each. A stack is given back from
 * the context that runs next (tasks->reap), never from itself.
 *
 * Suspending itself is in suspend.h, inline.
 */
#include <errno.h>

#include "task/hand.h"
#include "task/suspend.h"

/* ---------------------------------------------------------------- between contexts ---- */

__attribute__((noinline)) void coil__reap_now(struct coil__tasks *tasks)
{
    struct coil__task *t = tasks->reap;
    tasks->reap = NULL;
    if (!t->base.landing)
        coil__task_drop_stack(tasks, t);
    coil__awaitable_unref(tasks->loop, &t->base);
}

/* The loop runs a task's turn: from the loop's stack. */
void coil__task_run_ready(struct coil__ready *node)
{
    struct coil__task *t = COIL__CONTAINER(node, struct coil__task, ready);
    struct coil__tasks *tasks = coil__tasks_of(coil__here.loop);
    t->kind = NULL;
    coil__become(t);
    coil__coro_switch(&tasks->loop_coro, &t->coro);
    coil__reap(tasks);
}

void coil__task_run_eagerly(struct coil__tasks *tasks, struct coil__task *t)
{
    struct coil__task *creator = coil__here.task;
    struct coil__coro *here = creator ? &creator->coro : &tasks->loop_coro;
    void *generator = coil__leave_generator();
    struct coil__error **slot = coil__error_slot_in_use; /* a stand-in has its driver's */
    t->eager_back = here;
    coil__become(t);
    coil__coro_switch(here, &t->coro);
    coil__here.task = creator;
    coil__error_use_slot(slot);
    coil__here.generator = generator;
    coil__reap(tasks);
}

/* ---------------------------------------------------------------- suspending ---- */

#ifdef COIL_FAULTS
void (*coil__task_probe)(struct coil__task *t, enum coil__probe_point point);
#endif

/* A generator's body awaits: it is suspended with the task, and found again with it. */
__attribute__((noinline)) void coil__switch_out_of_generator(struct coil__task *self)
{
    void *generator = coil__leave_generator();
    coil__switch_out(self);
    coil__here.generator = generator;
}

void coil__suspend(const struct coil__wait_kind *kind, void *subject)
{
    coil__suspend_here(coil__here.task, kind, subject);
}

static const struct coil__wait_kind yield_kind = {"yield", NULL, NULL, COIL__RESTS_NOT};

static inline int yield(struct coil__task *self)
{
    self->wait_state = COIL__WAIT_NONE;
    coil__loop_push(coil__here.loop, &self->ready);
    coil__suspend_here(self, &yield_kind, NULL);
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
    coil__reap(tasks);
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
    struct coil__coro *next = coil__next_context(tasks, loop, t);
    tasks->reap = t;
    return next;
}

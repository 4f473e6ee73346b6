/* task/hand.c: coroutines that are driven by hand: the stand-in, the step, breaking a wait off. */
#include "task/hand.h"

#include <errno.h>

#include "base/memory.h"
#include "task/generator.h"

/* ---------------------------------------------------------------- its life ---- */

static void tell_waiters(struct coil__hand *h)
{
    COIL__LIST_FOREACH (waiter, &h->waiters)
        coil__unpark(coil__queue_task(waiter));
}

/* What its node runs: it may go on. */
static void tell(struct coil__ready *node)
{
    struct coil__hand *h =
        COIL__CONTAINER(COIL__CONTAINER(node, struct coil__task, ready), struct coil__hand, task);
    h->told = true;
    tell_waiters(h);
}

struct coil__hand *coil__hand_new(struct coil__generator *g)
{
    struct coil__hand *h = coil__calloc(1, sizeof *h);
    if (!h)
        return NULL;
    coil__awaitable_init(&h->task.base, COIL__KIND_TASK, 1);
    h->task.base.head.slot = COIL__STAND_IN;
    h->task.ready.run = tell;
    h->task.fn = g->call.fn;
    h->task.file = g->file;
    h->task.birth = coil__birth(g->line, 0);
    coil__list_init(&h->waiters);
    h->g = g;
    return h;
}

/* Woken, or at a bare yield, and its node has not run. */
static bool is_queued(const struct coil__hand *h)
{
    return h->awaits && h->loop && !h->told && h->task.wait_state != COIL__WAIT_PENDING;
}

void coil__hand_end(struct coil__hand *h)
{
    if (is_queued(h))
        coil__loop_take_back(h->loop, &h->task.ready);
    if (h->loop)
        coil__timer_disarm(h->loop, &h->task.timer);
    coil__list_remove(&h->task.waiter.link);
    h->awaits = false;
    h->loop = NULL;
    h->task.base.state = COIL__DONE; /* cancelling it does nothing any more */
    struct coil__list *waiter;       /* who is told may run when all this is gone */
    while ((waiter = coil__list_pop(&h->waiters)))
        coil__unpark(coil__queue_task(waiter));
    coil__error_set(&h->task.cancel_error, NULL);
    if (h->task.context)
        coil__context_clear(&h->task.context);
}

void coil__hand_free(struct coil__hand *h)
{
    coil__list_remove(&h->link);
    coil__error_set(&h->task.cancel_error, NULL);
    coil__free(h);
}

void coil__hand_drop(struct coil__hand *h, struct coil__tasks *tasks)
{
    if (--h->task.base.refs == 0 || !tasks)
        coil__hand_free(h);
    else
        coil__list_append(&tasks->hands, &h->link);
}

bool coil__hand_is_worked_for(const struct coil__hand *h)
{
    return coil__hand_pending(h) && h->task.kind != &coil__await_kind &&
           h->task.kind->cancel != coil__park_cancel;
}

void coil__hand_abandon_wait(struct coil__hand *h)
{
    if (coil__hand_pending(h) && h->task.kind && h->task.kind->abandon)
        h->task.kind->abandon(&h->task);
}

struct coil__task *coil__hand_driver(struct coil__task *t)
{
    while (t && coil__task_stands_in(t))
        t = coil__hand_of(t)->driver;
    return t;
}

/* ---------------------------------------------------------------- a step ---- */

static void step_once(struct coil__hand *h, int thrown)
{
    struct coil__generator *g = h->g;
    struct coil__coro self = {0};
    struct coil__here before = coil__here;
    if (is_queued(h))
        coil__loop_take_back(h->loop, &h->task.ready);
    if (g->tasks && !coil__here.loop) /* what its stack holds may be that loop's */
        coil_ignore(coil__loop_enter(g->tasks->loop));
    if (h->awaits)
        tell_waiters(h); /* that it goes on, whatever it awaited */
    struct coil__coro *body = h->awaits ? &h->task.coro : &g->coro;
    h->awaits = h->told = false;
    h->driver = before.task;
    h->task.kind = NULL;
    h->task.eager_back = &self;
    h->task.loop_id = coil__here.loop ? coil__here.loop->id : 0;
    g->state = COIL_GENERATOR_RUNNING;
    g->back = &self;
    g->outer = before.generator;
    coil__here.generator = g;
    coil__here.task = coil__here.loop ? &h->task : NULL;
    coil_ignore(coil__coro_pass(&self, body, thrown)); /* what a yield there returns */
    h->task.eager_back = NULL;
    h->loop = coil__here.loop;
    if (h->asked && h->task.cancelling > 0)
        h->task.cancelling--;
    h->asked = false;
    if (coil__here.loop && !before.loop)
        coil__loop_leave(coil__here.loop);
    coil__here = before;
    if (g->state == COIL_GENERATOR_RUNNING) { /* it neither yielded nor ended */
        g->state = COIL_GENERATOR_SUSPENDED;
        g->item = NULL;
        h->awaits = true;
    }
}

void coil__hand_step(struct coil__hand *h, int thrown)
{
    step_once(h, thrown);
    while (h->thrown < 0 && h->awaits &&
           !coil__hand_pending(h)) /* still owed, and its wait has ended for it */
        step_once(h, 0);
}

/* Who drives what runs here by hand; NULL: nobody, or not out of the loop that runs. */
static struct coil__hand *innermost(void)
{
    struct coil__generator *g = coil__here.generator;
    while (g && !g->hand)
        g = g->outer;
    return g ? g->hand : NULL;
}

/* ---------------------------------------------------------------- breaking a wait off ---- */

/* An inner generator that is being closed just now will take it for the end that it was asked for. */
int coil__hand_take_thrown(struct coil__task *stand_in)
{
    struct coil__hand *h = coil__hand_of(stand_in);
    int thrown = h->thrown;
    h->thrown = 0;
    for (struct coil__generator *g = coil__here.generator; g && g != h->g; g = g->outer)
        if (g->closing)
            g->missed = thrown;
    return thrown;
}

void coil__hand_owe_again(int thrown)
{
    struct coil__hand *h = innermost();
    if (h)
        coil__hand_owe(&h->task, thrown);
}

void coil__hand_owe(struct coil__task *t, int delivered)
{
    t->must_cancel = true;
    if (coil__task_stands_in(t) && delivered != -ECANCELED)
        coil__hand_of(t)->thrown = delivered;
}

/* The kernel, or a thread, works for the wait: it is asked to end, and only then the body can go on. */
static int wait_for_the_end_of(struct coil__hand *h)
{
    struct coil__task *t = &h->task, *driver;
    int err = coil__current_or_error(&driver);
    if (err < 0)
        return err;
    t->cancelling++;
    h->asked = true;
    t->must_cancel = !t->kind->cancel || !t->kind->cancel(t);
    h->g->state = COIL_GENERATOR_RUNNING;
    int delivered = 0;
    while (!h->told)
        if ((err = coil__park(&h->waiters, &coil__done_kind, NULL)) < 0)
            delivered = err;
    h->g->state = COIL_GENERATOR_SUSPENDED;
    if (delivered < 0)
        coil__hand_owe(driver, delivered);
    return 0;
}

static int break_off(struct coil__hand *h, int thrown)
{
    struct coil__task *t = &h->task;
    h->thrown = thrown;
    if (coil__hand_pending(h) && t->kind->cancel == coil__park_cancel) {
        t->wait_state = COIL__WAIT_CANCELLED;
        h->told = true;
    } else if (coil__hand_is_worked_for(h)) {
        int err = wait_for_the_end_of(h);
        if (err < 0)
            h->thrown = 0;
        return err;
    }
    t->must_cancel = true;
    return 0;
}

int coil__hand_enter(struct coil__hand *h, int thrown)
{
    struct coil__tasks *tasks = h->g->tasks;
    if (tasks && !coil__here.loop && tasks->loop->running)
        return -COIL_ELOOPRUNNING; /* of the process that forked */
    if (!h->awaits)
        return 0;
    if (thrown < 0)
        return break_off(h, thrown);
    return coil__hand_pending(h)
               ? coil_fail(-COIL_EINVALIDSTATE, "what the coroutine awaits has not happened")
               : 0;
}

/* ---------------------------------------------------------------- without a loop ---- */

int coil__hand_yield(void)
{
    struct coil__task *none;
    struct coil__hand *h = innermost();
    if (!h || coil__here.loop)
        return coil__current_or_error(&none);
    void *generator = coil__here.generator;
    h->task.wait_state = COIL__WAIT_NONE;
    coil__coro_switch(&h->task.coro, h->g->back);
    coil__here.generator = generator;
    return h->task.must_cancel ? coil__take_cancel(&h->task) : 0;
}

int coil__hand_enter_loop(const void *handle, struct coil__task **ret_self)
{
    struct coil__hand *h = innermost();
    coil_loop *loop;
    if (coil__here.loop || !h || coil__handle_loop(handle, &loop) < 0)
        return -COIL_ENOLOOP;
    struct coil__here before = coil__here;
    int err = coil__loop_enter(loop);
    if (err < 0)
        return err;
    err = coil__generator_adopt(h->g);
    if (err < 0) {
        coil__loop_leave(loop);
        return err;
    }
    h->task.loop_id = loop->id;
    coil__here.task = *ret_self = &h->task;
    coil__here.generator = before.generator;
    return 0;
}

/* ---------------------------------------------------------------- waiting for one ---- */

/* In a task: until it may go on. A cancellation of the task is passed on to what it awaits. Returns what else was delivered, or 0. */
static int wait_and_pass_on(struct coil__hand *h)
{
    int thrown = 0;
    while (h->awaits && h->loop && !h->told) {
        int err = coil__park(&h->waiters, &coil__done_kind, NULL);
        if (err == -ECANCELED)
            coil__task_cancel(&h->task, coil__error_ref(coil__error_current(err)));
        else if (err < 0)
            thrown = err;
    }
    return thrown;
}

int coil__hand_finish(struct coil__hand *h, int err)
{
    struct coil__generator *g = h->g;
    int thrown = 0;
    while (g->state == COIL_GENERATOR_SUSPENDED && h->awaits) {
        g->state = COIL_GENERATOR_RUNNING;
        int delivered = wait_and_pass_on(h);
        thrown = delivered < 0 ? delivered : thrown;
        coil__hand_step(h, 0);
        if (g->state == COIL_GENERATOR_CLOSED) {
            err = g->status == -COIL_EGENERATOREXIT ? 0 : g->status;
            coil__generator_end(g, g->status);
        }
    }
    if (thrown < 0)
        coil__hand_owe(coil__here.task, thrown);
    return err;
}

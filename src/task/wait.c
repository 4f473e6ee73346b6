/* task/wait.c: parking and awaiting: with operations of the kernel (operation.c) all that suspends is built from them.
 *
 * wait_state is PENDING from the suspension until exactly one party wakes the task; a request to cancel that comes later is kept in
 * must_cancel and delivered when the task runs. That is asyncio's rule: a cancel between the wake-up and the
 * run still cancels. How a request comes here is in cancel.c.
 */
#include <errno.h>

#include "task/gathering.h"
#include "task/hand.h"
#include "task/suspend.h"

/* ---------------------------------------------------------------- waking ---- */

/* From where no loop runs. */
static __attribute__((noinline)) void queue_from_outside(struct coil__task *t)
{
    coil__loop_push(coil__loop_by_id(t->loop_id), &t->ready);
    coil__probe(t, COIL__PROBE_WOKEN);
}

static inline void queue(struct coil__task *t)
{
    coil_loop *loop = coil__here.loop;
    if (__builtin_expect(loop == NULL, 0)) {
        queue_from_outside(t);
        return;
    }
    coil__loop_push(loop, &t->ready);
    coil__probe(t, COIL__PROBE_WOKEN);
}

void coil__task_wake(struct coil__task *t)
{
    if (t->wait_state == COIL__WAIT_PENDING)
        t->wait_state = COIL__WAIT_GRANTED;
    queue(t);
}

/* ---------------------------------------------------------------- parking ---- */

bool coil__park_cancel(struct coil__task *t)
{
    t->wait_state = COIL__WAIT_CANCELLED;
    coil__loop_push(coil__task_loop(t), &t->ready);
    return true;
}

bool coil__unpark(struct coil__task *t)
{
    if (t->wait_state != COIL__WAIT_PENDING)
        return false;
    t->wait_state = COIL__WAIT_GRANTED;
    queue(t);
    return true;
}

/* The end of a wait that somebody else ended, or a cancellation after that. */
static __attribute__((noinline)) int end_of_park(struct coil__task *self)
{
    if (self->wait_state == COIL__WAIT_CANCELLED || self->must_cancel)
        return coil__deliver_cancel(self);
    return self->wait_state == COIL__WAIT_TIMEDOUT ? -ETIMEDOUT : 0;
}

int coil__park(struct coil__list *waiters, const struct coil__wait_kind *kind, bool *ret_granted)
{
    struct coil__task *self = coil__here.task;
    self->wait_state = COIL__WAIT_PENDING;
    if (waiters)
        coil__list_append(waiters, &self->waiter.link);
    coil__suspend_here(self, kind, NULL);
    coil__list_remove(&self->waiter.link);
    bool granted = self->wait_state == COIL__WAIT_GRANTED;
    if (ret_granted)
        *ret_granted = granted;
    return __builtin_expect(granted && !self->must_cancel, 1) ? 0 : end_of_park(self);
}

static void park_timer_fires(struct coil__timer *timer)
{
    struct coil__task *t = COIL__CONTAINER(timer, struct coil__task, timer);
    if (t->wait_state != COIL__WAIT_PENDING)
        return;
    t->wait_state = COIL__WAIT_TIMEDOUT;
    coil__loop_push(coil__here.loop, &t->ready);
    coil__probe(t, COIL__PROBE_WOKEN);
}

int coil__park_until(struct coil__list *waiters, const struct coil__wait_kind *kind,
                     int64_t when_ns, bool *ret_granted)
{
    struct coil__task *self = coil__here.task;
    self->timer.fire = park_timer_fires;
    int err = coil__timer_arm(coil__here.loop, &self->timer, when_ns);
    if (err < 0)
        return err;
    err = coil__park(waiters, kind, ret_granted);
    coil__timer_disarm(coil__here.loop, &self->timer);
    return err;
}

/* ---------------------------------------------------------------- awaiting ---- */

static void wake_awaiter(struct coil__watcher *w, struct coil__awaitable *a)
{
    (void)a;
    coil__task_wake(COIL__CONTAINER(w, struct coil__task, waiter));
}

static bool await_cancel(struct coil__task *t)
{
    return coil__awaitable_cancel(coil__task_loop(t), t->subject, coil__error_ref(t->cancel_error));
}

const struct coil__wait_kind coil__await_kind = {"await", await_cancel, NULL, COIL__RESTS_NOT};

/* Not so a gathering that only tells of a child that was: asyncio would have that among the results. */
static bool was_cancelled(struct coil__awaitable *a)
{
    return a->status == -ECANCELED &&
           (a->kind == COIL__KIND_TASK || !coil__as_future(a)->gathering ||
            coil__gathering_was_cancelled(coil__as_future(a)->gathering));
}

/* What an awaiter is told that was woken by more than a success: a cancellation, its own or that of what it awaited. */
static __attribute__((noinline)) int end_of_await(struct coil__task *self,
                                                  struct coil__awaitable *a)
{
    if (self->wait_state == COIL__WAIT_CANCELLED) /* it was in a circle */
        return coil__deliver_cancel(self);
    if (self->must_cancel && !was_cancelled(a)) {
        /* the result is dropped; as in asyncio, whose wake-up has looked at it, its error counts as seen */
        a->seen = a->seen || coil__awaitable_done(a);
        return coil__deliver_cancel(self);
    }
    /* what was cancelled tells of its own cancellation, and that answers a request to this task too */
    self->must_cancel = false;
    if (a->status == -ECANCELED)
        coil__error_set(&self->cancel_error, coil__error_ref(a->error));
    return coil__awaitable_take(a);
}

/* Of something that somebody holds a reference to, and that is not the running task. */
static inline int await_held(struct coil__task *self, struct coil__awaitable *a)
{
    if (coil__awaitable_done(a))
        return coil__awaitable_take(a);
    self->wait_state = COIL__WAIT_PENDING;
    self->waiter.wake = wake_awaiter;
    coil__watch(a, &self->waiter);
    coil__suspend_here(self, &coil__await_kind, a);
    coil__list_remove(&self->waiter.link);
    if (__builtin_expect(
            self->wait_state == COIL__WAIT_CANCELLED || self->must_cancel || a->status < 0, 0))
        return end_of_await(self, a);
    return coil__awaitable_take(a);
}

static int awaits_itself(struct coil__task *self)
{
    return coil_fail(-COIL_ESELFAWAIT, "task %s cannot await itself",
                     coil_task_name(coil__task_handle(self)));
}

int coil__await(struct coil__awaitable *a)
{
    struct coil__task *self = coil__here.task;
    if (&self->base == a)
        return awaits_itself(self);
    coil__awaitable_ref(a);
    int status = await_held(self, a);
    coil__awaitable_unref(coil__here.loop, a);
    return status;
}

static __attribute__((noinline)) int await_task(struct coil__task *self, struct coil__task *t)
{
    coil__awaitable_ref(&t->base);
    int status = await_held(self, &t->base);
    coil_loop *loop = coil__here.loop;
    coil__task_release_creator(loop, t);
    coil__awaitable_unref(loop, &t->base);
    return status;
}

/* With all that can be wrong, and for a coroutine by hand, which enters the loop of what it awaits. */
static __attribute__((noinline)) int await_checked(coil_task *handle)
{
    struct coil__task *self, *t;
    int err = coil__current_or_error(&self);
    if (err == -COIL_ENOLOOP)
        err = coil__hand_enter_loop(handle, &self);
    if (err < 0)
        return err;
    if (!handle)
        return coil__create_reason("coil_await");
    err = coil__task_find(handle, &t);
    if (err < 0)
        return err;
    return t == self ? awaits_itself(self) : await_task(self, t);
}

/* The task of a handle, where that is of the loop that runs; NULL: it is none, or worth a closer look. */
static inline struct coil__task *find_here(const coil_task *handle)
{
    coil_loop *loop = coil__here.loop;
    if (!handle || !loop || loop->id != (uint8_t)(uintptr_t)handle || !loop->tasks)
        return NULL;
    return coil__handle_find(&coil__tasks_of(loop)->slab, handle);
}

int coil_await(coil_task *handle)
{
    struct coil__task *self = coil__here.task, *t = find_here(handle);
    return __builtin_expect(self && t && t != self, 1) ? await_task(self, t)
                                                       : await_checked(handle);
}

/* A wait for the end of something that has a future of its own between the two, as asyncio's shield and wait_for have: the
 * end is seen by a callback, which runs a turn later and wakes the task, a turn later again. Until the callback has run
 * a cancellation still finds the task waiting. The node is on the task's stack: it is queued only while nobody
 * has woken the task, and so it runs before the task goes on. */
struct hop {
    struct coil__ready ready;
    struct coil__task *task;
};

static void run_hop(struct coil__ready *node)
{
    coil__unpark(COIL__CONTAINER(node, struct hop, ready)->task);
}

static void queue_hop(struct coil__watcher *w, struct coil__awaitable *a)
{
    struct coil__task *t = COIL__CONTAINER(w, struct coil__task, waiter);
    (void)a;
    if (t->wait_state == COIL__WAIT_PENDING)
        coil__loop_push(coil__task_loop(t), &((struct hop *)t->subject)->ready);
}

static const struct coil__wait_kind hop_kind = {"wait", coil__park_cancel, NULL, COIL__RESTS_NOT};

int coil__wait_end(struct coil__awaitable *a)
{
    struct coil__task *self = coil__here.task;
    struct hop hop = {.ready.run = run_hop, .task = self};
    self->wait_state = COIL__WAIT_PENDING;
    self->waiter.wake = queue_hop;
    if (coil__awaitable_done(a))
        coil__loop_push(coil__here.loop, &hop.ready);
    else
        coil__watch(a, &self->waiter);
    coil__suspend(&hop_kind, &hop);
    coil__list_remove(&self->waiter.link);
    if (self->wait_state == COIL__WAIT_CANCELLED || self->must_cancel)
        return coil__deliver_cancel(self);
    return 0;
}

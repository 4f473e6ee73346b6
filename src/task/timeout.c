/* task/timeout.c: a time limit: a timer that cancels the task, and the rule that turns that cancellation into -ETIMEDOUT.
 *
 * The rule is asyncio's: when the limit struck, its request is taken back; if no newer requests are left and the body ended
 * with -ECANCELED, the outcome is -ETIMEDOUT. A deadline that has passed already strikes by call_soon, not by a timer.
 */
#include "coil/timeout.h"

#include <errno.h>
#include <stddef.h>

#include "loop/callbacks.h"
#include "task/hand.h"
#include "task/tasks.h"

enum state { CREATED, ENTERED, EXPIRING, EXPIRED, EXITED };

struct limit {
    struct coil__timer timer;
    struct coil__task *task;
    double when;
    int *err;          /* the scope's variable; NULL in the function form */
    coil_handle *soon; /* armed by call_soon                              */
    uint32_t cancelling;
    uint8_t state;
    bool rounds_over;
    bool
        held; /* entered in a generator, whose body may outlive the task: it holds a reference, and who ends it may be another */
};
_Static_assert(sizeof(struct limit) <= sizeof(coil_timeout), "coil_timeout is too small");

static struct limit *of(const coil_timeout *t)
{
    return (struct limit *)(uintptr_t)t->coil__state;
}

static void strike(struct limit *l)
{
    coil__task_cancel(l->task, NULL);
    l->state = EXPIRING;
}

static void timer_fires(struct coil__timer *timer)
{
    strike(COIL__CONTAINER(timer, struct limit, timer));
}

static int soon_fires(void *arg)
{
    struct limit *l = arg;
    l->soon = NULL;
    strike(l);
    return 0;
}

/* Tells whether an entered limit is one of the loop that runs in this thread: 0 or the error. */
static int check_loop(const struct limit *l)
{
    if (!coil__here.loop)
        return -COIL_ENOLOOP;
    return coil__here.loop->id == l->task->loop_id ? 0 : -COIL_EWRONGTHREAD;
}

static void disarm(struct limit *l)
{
    coil__timer_disarm(coil__loop_by_id(l->task->loop_id), &l->timer);
    if (l->soon)
        coil_handle_cancel(l->soon);
    l->soon = NULL;
}

static int arm(struct limit *l, double when)
{
    coil_loop *loop = coil__loop_by_id(l->task->loop_id);
    l->when = when;
    int64_t when_ns = coil__seconds_to_ns(when);
    if (when_ns == COIL__NEVER)
        return 0;
    if (when_ns > coil__loop_now(loop))
        return coil__timer_arm(loop, &l->timer, when_ns);
    l->soon = coil_loop_call_soon(loop, soon_fires, l);
    return l->soon ? 0 : -ENOMEM;
}

int coil_timeout_enter_at(coil_timeout *t, double when)
{
    struct limit *l = of(t);
    *l = (struct limit){.state = CREATED};
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (err < 0)
        return err;
    if (when != when)
        return coil_fail(-EINVAL, "the time limit is not a number");
    l->task = self;
    l->timer.fire = timer_fires;
    l->cancelling = self->cancelling;
    err = arm(l, when);
    if (err < 0)
        return err;
    l->state = ENTERED;
    l->held = coil__here.generator != NULL;
    if (l->held)
        coil__awaitable_ref(&self->base);
    return 0;
}

int coil_timeout_enter(coil_timeout *t, double seconds)
{
    return coil_timeout_enter_at(t, coil_time() + seconds);
}

/* What the limit makes of the body's outcome. It is disarmed. */
static int outcome(struct limit *l, int body_err)
{
    if (l->state == ENTERED) {
        l->state = EXITED;
        return body_err;
    }
    l->state = EXPIRED;
    struct coil__task *task = l->task;
    coil__task_uncancel(task);
    if (task->cancelling <= l->cancelling && body_err == -ECANCELED)
        return coil_fail(-ETIMEDOUT, "the time limit was reached");
    return body_err;
}

/* Whether the task that entered it runs: 0 or the error. */
static int check_task(const struct limit *l)
{
    struct coil__task *here;
    int err = coil__current_or_error(&here);
    if (err < 0 || here == l->task)
        return err;
    err = check_loop(l);
    return err < 0 ? err
                   : coil_fail(-COIL_EINVALIDSTATE,
                               "a time limit is ended by the task that entered it");
}

int coil_timeout_exit(coil_timeout *t, int body_err)
{
    struct limit *l = of(t);
    if (l->state != ENTERED && l->state != EXPIRING)
        return body_err;
    int err = l->held ? 0 : check_task(l);
    if (err < 0)
        return err;
    disarm(l);
    err = outcome(l, body_err);
    if (l->held)
        coil__awaitable_unref(coil__loop_by_id(l->task->loop_id), &l->task->base);
    return err;
}

int coil_timeout_reschedule(coil_timeout *t, double when)
{
    struct limit *l = of(t);
    if (l->state != ENTERED)
        return -COIL_EINVALIDSTATE;
    int err = check_loop(l);
    if (err < 0)
        return err;
    if (when != when)
        return -EINVAL;
    disarm(l);
    return arm(l, when);
}

double coil_timeout_when(const coil_timeout *t)
{
    return of(t)->when;
}

int coil_timeout_expired(const coil_timeout *t)
{
    const struct limit *l = of(t);
    int err = l->state == ENTERED || l->state == EXPIRING ? check_loop(l) : 0;
    return err < 0 ? err : l->state == EXPIRING || l->state == EXPIRED;
}

/* ---------------------------------------------------------------- the scope ---- */

coil_timeout *coil__public_timeout_scope(coil_timeout *t, double seconds, int *err)
{
    int e = coil_timeout_enter(t, seconds);
    *err = e < 0 ? e : 0;
    of(t)->err = err;
    return t;
}

/* Asked before the body and after it: true once. The second time the scope ends and err becomes the outcome. */
int coil__public_timeout_again(coil_timeout *t)
{
    struct limit *l = of(t);
    if (l->state == CREATED)
        return 0; /* it could not be entered: err says why, and the body does not run */
    if (!l->rounds_over)
        return 1;
    *l->err = coil_timeout_exit(t, *l->err);
    return 0;
}

int coil__public_timeout_body(coil_timeout *t)
{
    struct limit *l = of(t);
    if (l->rounds_over)
        return 0;
    l->rounds_over = true;
    return 1;
}

/* The scope's variable goes: by the normal way it is over already; by a return or goto it is disarmed here. */
void coil__public_timeout_leave(coil_timeout *t)
{
    coil_ignore(coil_timeout_exit(t, 0));
}

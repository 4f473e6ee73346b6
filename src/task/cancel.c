/* task/cancel.c: how a request to cancel a task finds its way to what that task is suspended in, and what it is told.
 *
 * A task that awaits another passes the request on, and that one to whatever it awaits: the last of such a chain is the one whose
 * wait is asked to end (its kind's cancel). When that wait is over already, or there is none, the request is kept in must_cancel. Each task on the
 * way counts it and keeps its message; `passing` marks them, so that a circle of tasks that await each other is seen.
 */
#include <errno.h>

#include "task/hand.h"
#include "task/tasks.h"

/* ---------------------------------------------------------------- the delivery ---- */

/* Into a coroutine that is driven by hand other errors can be thrown. */
int coil__deliver_cancel(struct coil__task *t)
{
    t->must_cancel = false;
    int thrown = coil__task_stands_in(t) ? coil__hand_take_thrown(t) : 0;
    if (thrown < 0)
        return thrown;
    coil__error_put(coil__error_ref(t->cancel_error));
    return -ECANCELED;
}

int coil__take_cancel(struct coil__task *t)
{
    return t->must_cancel ? coil__deliver_cancel(t) : 0;
}

/* ---------------------------------------------------------------- the request ---- */

/* One task's part of a cancellation: the request is counted, and its message kept. Takes the reference over. */
static void request(struct coil__task *t, struct coil__error *error)
{
    t->cancelling++;
    /* a wait that was told to end carries the first request's message; a second one before it is delivered adds only to the count */
    if (t->kind && (t->wait_state == COIL__WAIT_CANCELLED || t->wait_cancelled))
        coil__error_unref(error);
    else
        coil__error_set(&t->cancel_error, error);
}

/* The task that t awaits and that has not ended; NULL when it is suspended in something else. */
static struct coil__task *awaited_task(const struct coil__task *t)
{
    struct coil__awaitable *a = t->kind == &coil__await_kind ? t->subject : NULL;
    return a && t->wait_state == COIL__WAIT_PENDING && a->kind == COIL__KIND_TASK &&
                   !coil__awaitable_done(a)
               ? coil__as_task(a)
               : NULL;
}

/* The cancellation has come round to a task that passed it on. Nobody in the circle would ever end, so the wait that closes it does. */
static void break_circle(struct coil__task *t)
{
    if (t->wait_state != COIL__WAIT_PENDING)
        return;
    coil__list_remove(&t->waiter.link);
    t->wait_state = COIL__WAIT_CANCELLED;
    coil__loop_push(coil__task_loop(t), &t->ready);
}

static void cancel_last(struct coil__task *t)
{
    t->base.passing = true;
    if (!t->kind || t->wait_state != COIL__WAIT_PENDING || !t->kind->cancel || !t->kind->cancel(t))
        t->must_cancel = true;
    t->base.passing = false;
}

/* Down the chain of tasks that await each other, in a loop: it may be longer than any stack. */
bool coil__task_cancel(struct coil__task *t, struct coil__error *error)
{
    if (coil__awaitable_done(&t->base)) {
        coil__error_unref(error);
        return false;
    }
    struct coil__task *first = t, *before = t, *inner;
    uint32_t passed = 0;
    for (; !t->base.passing && (inner = awaited_task(t)); t = inner, passed++) {
        request(t, coil__error_ref(error));
        t->base.passing = true;
        before = t;
    }
    if (t->base.passing) {
        coil__error_unref(error);
        break_circle(before);
    } else {
        request(t, error);
        cancel_last(t);
    }
    for (t = first; passed > 0; passed--, t = coil__as_task(t->subject))
        t->base.passing = false;
    return true;
}

/* statement.c: what a line of the program does: locks, events, queues, barriers and futures here, tasks in play_tasks.c. */
#include "play.h"

static int hold_lock(coil_lock *lock, int k)
{
    int err = coil_lock_acquire(lock);
    if (err < 0)
        return err;
    err = coil_sleep(k * UNIT);
    coil_ignore(coil_lock_release(lock));
    return err;
}

static int hold_semaphore(coil_semaphore *s, int k)
{
    int err = coil_semaphore_acquire(s);
    if (err < 0)
        return err;
    err = coil_sleep(k * UNIT);
    coil_ignore(coil_semaphore_release(s));
    return err;
}

static int with_condition(coil_condition *c, int notify)
{
    int err = coil_condition_acquire(c);
    if (err < 0)
        return err;
    err = notify ? coil_condition_notify(c, notify) : coil_condition_wait(c);
    coil_ignore(coil_condition_release(c));
    return err;
}

static int queue_statement(const struct line *l, int at, char *outcome)
{
    coil_queue *q = &queues[l->arg[0]];
    int item = at, err = 0;
    if (is(l, "put"))
        return coil_queue_put(q, &item);
    if (is(l, "put_nowait"))
        return coil_queue_put_nowait(q, &item);
    if (is(l, "task_done"))
        return coil_queue_task_done(q);
    if (is(l, "join"))
        return coil_queue_join(q);
    if (is(l, "shutdown")) {
        coil_queue_shutdown(q, l->arg[1]);
        return 0;
    }
    err = is(l, "get") ? coil_queue_get(q, &item) : coil_queue_get_nowait(q, &item);
    if (err >= 0)
        sprintf(outcome, "got %d", item);
    return err;
}

static int future_statement(const struct line *l, int at, char *outcome)
{
    coil_future *f = futures[l->arg[0]];
    char message[16];
    void *value = NULL;
    if (is(l, "future_new")) {
        coil_future_unref(f);
        futures[l->arg[0]] = coil_future_new();
        return futures[l->arg[0]] ? 0 : -ENOMEM;
    }
    if (is(l, "future_cancel")) {
        snprintf(message, sizeof message, "by %d", at + 1);
        strcpy(outcome, coil_future_cancel_msg(f, message) > 0 ? "asked" : "over");
        return 0;
    }
    if (is(l, "future_await") || is(l, "future_shield")) {
        coil_future_ref(f);
        int err =
            is(l, "future_await") ? coil_future_await(f, &value) : coil_future_shield(f, &value);
        coil_future_unref(f);
        if (err >= 0)
            sprintf(outcome, "value %ld", (long)(intptr_t)value);
        return err;
    }
    if (coil_future_done(f)) {
        strcpy(outcome, "done already");
        return 0;
    }
    if (is(l, "future_set"))
        return coil_future_set_result(f, (void *)(intptr_t)at);
    coil_ignore(coil_fail(-5000 - l->arg[1], "raised %d", l->arg[1]));
    return coil_future_set_error(f, -5000 - l->arg[1]);
}

static int barrier_statement(const struct line *l, char *outcome)
{
    coil_barrier *b = &barriers[l->arg[0]];
    if (is(l, "reset"))
        return coil_barrier_reset(b);
    if (is(l, "abort"))
        return coil_barrier_abort(b);
    int err = coil_barrier_wait(b);
    if (err >= 0)
        sprintf(outcome, "came as %d", err);
    return err;
}

int statement(int at, int me, coil_group *group, char *outcome)
{
    const struct line *l = &lines[at];
    int i = l->arg[0];
    if (is(l, "sleep"))
        return coil_sleep(i * UNIT);
    if (is(l, "lock"))
        return hold_lock(&locks[i], l->arg[1]);
    if (is(l, "semaphore"))
        return hold_semaphore(&semaphores[i], l->arg[1]);
    if (is(l, "event_wait"))
        return coil_event_wait(&events[i]);
    if (is(l, "event_set")) {
        coil_event_set(&events[i]);
        return 0;
    }
    if (is(l, "event_clear")) {
        coil_event_clear(&events[i]);
        return 0;
    }
    if (is(l, "condition_wait") || is(l, "notify"))
        return with_condition(&conditions[i], is(l, "notify") ? l->arg[1] : 0);
    if (is(l, "put") || is(l, "get") || is(l, "put_nowait") || is(l, "get_nowait") ||
        is(l, "task_done") || is(l, "join") || is(l, "shutdown"))
        return queue_statement(l, at, outcome);
    if (is(l, "barrier") || is(l, "reset") || is(l, "abort"))
        return barrier_statement(l, outcome);
    if (strncmp(l->text, "future_", 7) == 0)
        return future_statement(l, at, outcome);
    if (is(l, "soon") || is(l, "later") || is(l, "callback") || is(l, "outcome"))
        return callback_statement(l, me, at, outcome);
    if (is(l, "gather_tasks") || is(l, "gather_held"))
        return gather_tasks(l, me, outcome);
    if (is(l, "as_completed"))
        return as_completed(l, me, outcome);
    if (is(l, "wait_for_task") || is(l, "uncancel") || is(l, "cancel") || is(l, "cancelling") ||
        is(l, "await") || is(l, "shield") || is(l, "wait"))
        return task_statement(l, at, me, outcome);
    if (is(l, "raise"))
        return coil_fail(-5000 - i, "raised %d", i);
    return make_tasks(l, me, group, outcome);
}

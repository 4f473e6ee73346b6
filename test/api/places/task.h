/* places/task.h: the rows of tasks, futures, gathers, groups and time limits.
 *
 * Part of contract_places.c, which says what a row is. `a` holds the objects.
 */

/* ---- tasks ---- */

static enum outcome unref_task(coil_task *t)
{
    if (t)
        coil_task_unref(t);
    return of_pointer(t);
}

static enum outcome call_coil_create_task(void)
{
    return unref_task(coil_create_task(moment()));
}

static enum outcome call_coil_create_task_named(void)
{
    return unref_task(coil_create_task_named(moment(), "named"));
}

static enum outcome call_coil_create_task_eager(void)
{
    return unref_task(coil_create_task_eager(moment()));
}

static enum outcome call_coil_task_ref(void)
{
    return unref_task(coil_task_ref(a.task));
}

/* of a function that suspends where it may and does nothing where it can't */
static int rest_if_possible(void *arg)
{
    (void)arg;
    return coil_current_task() ? coil_sleep(0.001) : 0;
}

STATUS(coil_spawn, coil_spawn(moment()))
STATUS(coil_loop_set_eager, coil_loop_set_eager(a.idle, 0))
STATUS(coil_await, coil_await(a.task))
STATUS(coil_shield, coil_shield(a.task))
STATUS(coil_sleep, coil_sleep(0.001))
STATUS(coil_sleep_result, coil_sleep_result(0.001, NULL, NULL))
STATUS(coil_yield_now, coil_yield_now())
STATUS(coil_apply, coil_apply(rest_if_possible, NULL))
STATUS(coil_perform, coil_perform(COIL_CALL(coil_sleep(0.001))))
STATUS(coil_task_cancel, coil_task_cancel(a.task))
STATUS(coil_task_cancel_msg, coil_task_cancel_msg(a.task, "enough"))
STATUS(coil_task_cancelling, coil_task_cancelling(a.task))
STATUS(coil_task_uncancel, coil_task_uncancel(a.task))
STATUS(coil_task_done, coil_task_done(a.task))
STATUS(coil_task_cancelled, coil_task_cancelled(a.task))
STATUS(coil_task_status, coil_task_status(a.task))
STATUS(coil_task_error, coil_task_error(a.task, NULL))
STATUS(coil_task_set_name, coil_task_set_name(a.task, "renamed"))
STATUS(coil_task_name, strcmp(coil_task_name(a.task), "(stale task)") == 0 ? -COIL_EWRONGTHREAD : 0)
NOTHING(coil_task_unref,
        coil_task_unref(coil_loop_running() == a.loop ? coil_task_ref(a.task) : a.task))
STATUS(coil_task_add_done_callback, coil_task_add_done_callback(a.task, nothing_for_task, NULL))
STATUS(coil_task_remove_done_callback,
       coil_task_remove_done_callback(a.task, nothing_for_task, NULL))
NOTHING(coil_current_task, (void)coil_current_task())
STATUS(coil_all_tasks, coil_all_tasks(NULL, 0))

/* ---- futures ---- */

static enum outcome unref_future(coil_future *f)
{
    if (f)
        coil_future_unref(f);
    return of_pointer(f);
}

static enum outcome call_coil_future_new(void)
{
    return unref_future(coil_future_new());
}

static enum outcome call_coil_loop_create_future(void)
{
    return unref_future(coil_loop_create_future(a.loop));
}

static enum outcome call_coil_future_ref(void)
{
    return unref_future(coil_future_ref(a.future));
}

STATUS(coil_future_set_result, coil_future_set_result(a.future, NULL))
STATUS(coil_future_set_error, coil_future_set_error(a.future, -ECANCELED))
STATUS(coil_future_cancel, coil_future_cancel(a.future))
STATUS(coil_future_cancel_msg, coil_future_cancel_msg(a.future, "enough"))
STATUS(coil_future_await, coil_future_await(a.future, NULL))
STATUS(coil_future_shield, coil_future_shield(a.future, NULL))

static enum outcome of_new_future(coil_future *f)
{
    coil_future_unref(f);
    return of_pointer(f);
}

static enum outcome call_coil_shield_future(void)
{
    return of_new_future(coil_shield_future(a.task));
}

static enum outcome call_coil_future_shield_future(void)
{
    return of_new_future(coil_future_shield_future(a.future));
}

STATUS(coil_future_done, coil_future_done(a.future))
STATUS(coil_future_cancelled, coil_future_cancelled(a.future))
STATUS(coil_future_result, coil_future_result(a.future, NULL))
STATUS(coil_future_add_done_callback,
       coil_future_add_done_callback(a.future, nothing_for_future, NULL))
STATUS(coil_future_remove_done_callback,
       coil_future_remove_done_callback(a.future, nothing_for_future, NULL))
NOTHING(coil_future_unref,
        coil_future_unref(coil_loop_running() == a.loop ? coil_future_ref(a.future) : a.future))

/* ---- several at once ---- */

static enum outcome call_coil_gather_n(void)
{
    coil_call calls[] = {COIL_CALL(moment()), COIL_CALL(moment())};
    return of_status(coil_gather_n(calls, 2, NULL));
}

static enum outcome call_coil_gather_future(void)
{
    return unref_future(coil_gather_future(moment(), moment()));
}

static enum outcome call_coil_gather_future_n(void)
{
    coil_call calls[] = {COIL_CALL(moment()), COIL_CALL(moment())};
    return unref_future(coil_gather_future_n(calls, 2));
}

static int wait_for_task(void)
{
    coil_task *tasks[] = {a.task};
    int done;
    return coil_wait(tasks, 1, COIL_ALL_COMPLETED, COIL_FOREVER, &done);
}

static int wait_for_future(void)
{
    coil_future *futures[] = {a.future};
    int done;
    return coil_wait_futures(futures, 1, COIL_ALL_COMPLETED, COIL_FOREVER, &done);
}

STATUS(coil_gather, coil_gather(moment(), coil_sleep(0.001)))
STATUS(coil_wait, wait_for_task())
STATUS(coil_wait_futures, wait_for_future())
STATUS(coil_wait_for, coil_wait_for(moment(), 1))

static coil_task *ended_task;
STATUS(coil_as_completed_next, coil_as_completed_next(&a.ended, &ended_task))
STATUS(coil_as_completed_await, coil_as_completed_await(&a.ended))
NOTHING(coil_as_completed_close, coil_as_completed_close(&(coil_as_completed){NULL}))

static enum outcome call_coil_as_completed_open(void)
{
    coil_as_completed it = {NULL};
    int err = coil_as_completed_open(&it, &a.task, 1, COIL_FOREVER);
    coil_as_completed_close(&it);
    return of_status(err);
}

/* ---- groups and time limits ---- */

static enum outcome call_coil_group_open(void)
{
    coil_group group;
    int err = coil_group_open(&group);
    if (err == 0)
        coil_ignore(coil_group_close(&group, 0));
    return of_status(err);
}

/* a task closes its own group; elsewhere there is only the group of another task */
static enum outcome call_coil_group_close(void)
{
    coil_group group;
    if (coil_loop_running() != a.loop || !coil_current_task())
        return of_status(coil_group_close(&a.group, 0));
    int err = coil_group_open(&group);
    if (err < 0)
        return of_status(err);
    coil_group_create_task(&group, moment());
    return of_status(coil_group_close(&group, 0));
}

static enum outcome call_coil_timeout_enter(void)
{
    coil_timeout limit;
    int err = coil_timeout_enter(&limit, COIL_FOREVER);
    return of_status(err < 0 ? err : coil_timeout_exit(&limit, 0));
}

static enum outcome call_coil_timeout_enter_at(void)
{
    coil_timeout limit;
    int err = coil_timeout_enter_at(&limit, COIL_FOREVER);
    return of_status(err < 0 ? err : coil_timeout_exit(&limit, 0));
}

static enum outcome call_coil_timeout_exit(void)
{
    coil_timeout limit;
    if (coil_loop_running() != a.loop || !coil_current_task())
        return of_status(coil_timeout_exit(&a.limit, 0));
    int err = coil_timeout_enter(&limit, COIL_FOREVER);
    return of_status(err < 0 ? err : coil_timeout_exit(&limit, 0));
}

POINTER(coil_group_create_task, coil_group_create_task(&a.group, moment()))
STATUS(coil_group_cancel, coil_group_cancel(&a.group))
STATUS(coil_timeout_reschedule, coil_timeout_reschedule(&a.limit, COIL_FOREVER))
NOTHING(coil_timeout_when, (void)coil_timeout_when(&a.limit))
STATUS(coil_timeout_expired, coil_timeout_expired(&a.limit))

/* ---------------------------------------------------------------- the table ---- */

static const struct row task_rows[] = {
    BARE(coil_create_task),
    BARE(coil_create_task_named),
    BARE(coil_create_task_eager),
    BARE(coil_spawn),
    OBJECT(coil_loop_set_eager),
    SUSPENDS_OBJECT(coil_await),
    SUSPENDS_OBJECT(coil_shield),
    SUSPENDS(coil_sleep),
    SUSPENDS(coil_sleep_result),
    SUSPENDS(coil_yield_now),
    SUSPENDS(coil_apply),
    SUSPENDS(coil_perform),
    OBJECT(coil_task_cancel),
    OBJECT(coil_task_cancel_msg),
    OBJECT(coil_task_cancelling),
    OBJECT(coil_task_uncancel),
    OBJECT(coil_task_done),
    OBJECT(coil_task_cancelled),
    OBJECT(coil_task_status),
    OBJECT(coil_task_error),
    OBJECT(coil_task_set_name),
    OBJECT(coil_task_name),
    OBJECT(coil_task_ref),
    OBJECT(coil_task_unref),
    OBJECT(coil_task_add_done_callback),
    OBJECT(coil_task_remove_done_callback),
    BARE(coil_current_task),
    BARE(coil_all_tasks),
    BARE(coil_future_new),
    OBJECT(coil_loop_create_future),
    OBJECT(coil_future_set_result),
    OBJECT(coil_future_set_error),
    OBJECT(coil_future_cancel),
    OBJECT(coil_future_cancel_msg),
    SUSPENDS_OBJECT(coil_future_await),
    SUSPENDS_OBJECT(coil_future_shield),
    OBJECT(coil_shield_future),
    OBJECT(coil_future_shield_future),
    OBJECT(coil_future_done),
    OBJECT(coil_future_cancelled),
    OBJECT(coil_future_result),
    OBJECT(coil_future_add_done_callback),
    OBJECT(coil_future_remove_done_callback),
    OBJECT(coil_future_ref),
    OBJECT(coil_future_unref),
    SUSPENDS(coil_gather),
    SUSPENDS(coil_gather_n),
    BARE(coil_gather_future),
    BARE(coil_gather_future_n),
    SUSPENDS_OBJECT(coil_wait),
    SUSPENDS_OBJECT(coil_wait_futures),
    SUSPENDS(coil_wait_for),
    OBJECT(coil_as_completed_open),
    SUSPENDS_OBJECT(coil_as_completed_next),
    SUSPENDS_OBJECT(coil_as_completed_await),
    BARE(coil_as_completed_close),
    BARE(coil_group_open),
    OBJECT(coil_group_create_task),
    OBJECT(coil_group_cancel),
    SUSPENDS_OBJECT(coil_group_close),
    BARE(coil_timeout_enter),
    BARE(coil_timeout_enter_at),
    OBJECT(coil_timeout_exit),
    OBJECT(coil_timeout_reschedule),
    OBJECT(coil_timeout_when),
    OBJECT(coil_timeout_expired),
    {NULL, NULL, 0, 0},
};

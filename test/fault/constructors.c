/* Everything public that makes something: loops, runners, tasks, futures, scopes, queues, readers, handlers. */
#include "walk.h"

COIL_ASYNC(give, (int, n), (int, ret, out))
{
    int err = coil_yield_now();
    *ret = n;
    return err;
}

static int nothing(void *arg)
{
    (void)arg;
    return 0;
}

static int told(coil_task *t, void *arg)
{
    (void)t;
    *(int *)arg += 1;
    return 0;
}

static int heard(coil_future *f, void *arg)
{
    (void)f;
    *(int *)arg += 1;
    return 0;
}

/* ---------------------------------------------------------------- tasks ---- */

COIL_ASYNC(use_tasks)
{
    int a = 0, b = 0, c = 0, ended = 0;
    coil_task *t = coil_create_task(give(1, &a));
    int err = t ? coil_task_add_done_callback(t, told, &ended) : coil_await(t);
    coil_task *named = coil_create_task_named(give(2, &b), "a name that is not short");
    int status = named ? coil_task_set_name(named, "another name") : coil_await(named);
    coil_task *eager = coil_create_task_eager(give(4, &c));
    int tried[] = {status, t ? coil_await(t) : 0, named ? coil_await(named) : 0, coil_await(eager),
                   coil_yield_now()};
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++)
        err = err < 0 ? err : tried[i];
    if (err >= 0 && (a + b + c != 7 || ended != 1))
        err = -EBADMSG;
    return err;
}

COIL_ASYNC(cancel_one)
{
    coil_task *t = coil_create_task(coil_sleep(60));
    if (!t)
        return coil_await(t);
    int err = coil_yield_now();
    coil_task_cancel_msg(t, "a message");
    int status = coil_await(t);
    return err < 0 ? err : status == -ECANCELED ? 0 : status;
}

/* ---------------------------------------------------------------- several at once ---- */

COIL_ASYNC(use_groups)
{
    int a = 0, b = 0, err;
    COIL_TASK_GROUP(g, err)
    {
        coil_task *t = coil_group_create_task(g, give(1, &a));
        coil_task *u = coil_group_create_task(g, give(2, &b));
        err = t && u ? 0 : -ENOMEM;
    }
    /* a member that is cancelled alone leaves its output untouched, and the group goes on */
    if (err >= 0 && ((a != 0 && a != 1) || (b != 0 && b != 2)))
        err = -EBADMSG;
    return err;
}

COIL_ASYNC(use_gather)
{
    int out[20] = {0}, statuses[20];
    coil_call calls[20];
    for (int i = 0; i < 20; i++)
        calls[i] = COIL_CALL(give(i, &out[i]));
    int err = coil_gather_n(calls, 20, statuses);
    if (err >= 0 && out[19] != 19)
        err = -EBADMSG;
    int a = 0, b = 0;
    coil_future *f = err < 0 ? NULL : coil_gather_future(give(1, &a), give(2, &b));
    if (err >= 0)
        err = f ? coil_future_await(f, NULL) : -ENOMEM;
    if (err >= 0 && a + b != 3)
        err = -EBADMSG;
    coil_future_unref(f);
    return err;
}

COIL_ASYNC(use_wait)
{
    int a = 0, b = 0, n, err;
    coil_task *t[2] = {coil_create_task(give(1, &a)), coil_create_task(give(2, &b))};
    if (!t[0] || !t[1]) {
        int first = t[0] ? coil_await(t[0]) : 0, second = t[1] ? coil_await(t[1]) : 0;
        return first < 0 ? first : second < 0 ? second : -ENOMEM;
    }
    err = coil_wait(t, 2, COIL_ALL_COMPLETED, COIL_FOREVER, &n);
    coil_as_completed it;
    int opened = coil_as_completed_open(&it, t, 2, COIL_FOREVER);
    coil_task *next;
    for (int i = 0; i < 2 && opened >= 0 && err >= 0; i++)
        err = coil_as_completed_next(&it, &next);
    if (opened >= 0)
        coil_as_completed_close(&it);
    else
        err = opened;
    int first = coil_await(t[0]), second = coil_await(t[1]);
    if (err >= 0)
        err = first < 0 ? first : second;
    return err >= 0 && a + b != 3 ? -EBADMSG : err;
}

COIL_ASYNC(use_timeouts)
{
    int a = 0, err;
    COIL_TIMEOUT(tm, 60, err)
    {
        err = give(1, &a);
    }
    if (err >= 0)
        err = coil_wait_for(give(2, &a), 60);
    if (err >= 0)
        err = coil_wait_for(coil_sleep(60), 0);
    return err == -ETIMEDOUT && a == 2 ? 0 : err < 0 ? err : -EBADMSG;
}

/* ---------------------------------------------------------------- futures, callbacks ---- */

COIL_ASYNC(use_futures)
{
    int calls = 0;
    void *value = NULL;
    coil_future *f = coil_future_new();
    if (!f)
        return -ENOMEM;
    int err = coil_future_add_done_callback(f, heard, &calls);
    int set = coil_future_set_result(f, &calls);
    int got = coil_future_await(f, &value);
    int yielded = coil_yield_now();
    coil_future_unref(f);
    err = err < 0 ? err : set < 0 ? set : got < 0 ? got : yielded;
    return err >= 0 && (value != &calls || calls != 1) ? -EBADMSG : err;
}

COIL_ASYNC(use_callbacks)
{
    coil_handle *soon = coil_call_soon(nothing, NULL), *later = coil_call_later(60, nothing, NULL);
    int err = soon && later ? 0 : -ENOMEM;
    int posted = coil_call_soon_threadsafe(coil_loop_running(), nothing, NULL);
    if (later)
        coil_handle_cancel(later);
    int caught = coil_add_signal_handler(SIGUSR1, nothing, NULL);
    int yielded = coil_yield_now();
    coil_remove_signal_handler(SIGUSR1);
    return err < 0 ? err : posted < 0 ? posted : caught < 0 ? caught : yielded;
}

/* ---------------------------------------------------------------- queues, readers ---- */

COIL_ASYNC(use_queue)
{
    coil_queue q;
    int err = coil_queue_init(&q, sizeof(int), 0);
    for (int i = 0; i < 40 && err >= 0; i++)
        err = coil_queue_put_nowait(&q, &i);
    for (int i = 0, n; i < 40 && err >= 0; i++) {
        err = coil_queue_get(&q, &n);
        if (err >= 0 && n != i)
            err = -EBADMSG;
    }
    coil_queue_done(&q);
    return err;
}

COIL_ASYNC(use_reader)
{
    coil_stream_reader *r;
    const char *line;
    size_t n;
    int err = coil_stream_reader_new(0, &r);
    if (err < 0)
        return err;
    err = coil_stream_reader_feed_data(r, "a line\n", 7);
    if (err >= 0)
        err = coil_stream_reader_readline(r, &line, &n);
    if (err >= 0 && n != 7)
        err = -EBADMSG;
    coil_stream_reader_free(r);
    return err;
}

/* ---------------------------------------------------------------- loops ---- */

static int with_runner(void)
{
    coil_runner *r;
    int a = 0;
    int err = coil_runner_new(NULL, &r);
    if (err < 0)
        return err;
    err = coil_runner_run(r, give(1, &a));
    if (err >= 0)
        err = coil_runner_run(r, give(2, &a));
    coil_runner_free(r);
    return err >= 0 && a != 2 ? -EBADMSG : err;
}

static int with_loop(void)
{
    coil_loop *loop;
    int err = coil_loop_new(NULL, &loop);
    if (err < 0)
        return err;
    coil_future *f = coil_loop_create_future(loop);
    if (!f || !coil_loop_call_soon(loop, nothing, NULL))
        err = -ENOMEM;
    coil_future_unref(f);
    if (err >= 0)
        err = coil_loop_run_once(loop, 0);
    coil_loop_shutdown(loop);
    coil_loop_close(loop);
    return err;
}

#define PROGRAM(name, call)     \
    static int run_##name(void) \
    {                           \
        return coil_run(call);  \
    }
PROGRAM(tasks, use_tasks())
PROGRAM(cancel, cancel_one())
PROGRAM(groups, use_groups())
PROGRAM(gather, use_gather())
PROGRAM(wait, use_wait())
PROGRAM(timeouts, use_timeouts())
PROGRAM(callbacks, use_callbacks())
PROGRAM(promises, use_futures())
PROGRAM(queue, use_queue())
PROGRAM(reader, use_reader())

int main(void)
{
    const struct walk list[] = {
        {"tasks", run_tasks, 40, 41, {0}, 8},
        {"cancel", run_cancel, 35, 36, {0}, 4},
        {"groups", run_groups, 37, 38, {0}, 6},
        {"gather", run_gather, 62, 62, {0}, 45},
        {"wait", run_wait, 38, 39, {0}, 8},
        {"timeouts", run_timeouts, 35, 36, {0}, 6},
        {"futures", run_promises, 35, 36, {0}, 1},
        {"callbacks", run_callbacks, 38, 39, {ENOMEM}, 1},
        {"queue", run_queue, 35, 36, {0}, 0},
        {"reader", run_reader, 33, 34, {0}, 0},
        {"runner", with_runner, 38, 39, {0}, 2},
        {"loop", with_loop, 20, 20, {ENOMEM}, 0},
    };
    return walk_main(list, sizeof list / sizeof *list);
}

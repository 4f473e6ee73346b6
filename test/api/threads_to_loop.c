/* A call in another loop: its outcome comes back or is reported there, a cancellation is passed on, and nothing is used from the wrong
 * thread. */
#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "coil.h"
#include "harness.h"
#include "in_thread.h"
#include "threads_loops.h"

/* ---------------------------------------------------------------- there and back ---- */

static coil_context_var who = COIL_CONTEXT_VAR("who");

static COIL_ASYNC(add_there, (int, a), (int, b), (coil_loop *, expected), (int, ret, out))
{
    ck_assert_ptr_eq(coil_loop_running(), expected);
    ck_assert_str_eq(coil_context_var_get(&who), "me");
    int err = coil_sleep(0.0005);
    *ret = a + b;
    return err < 0 ? err : 7;
}

static COIL_ASYNC(fail_there, (int, ret, out))
{
    *ret = 99;
    return coil_fail(-EPROTO, "not with me");
}

static COIL_ASYNC(swallow_there, (int, ret, out))
{
    atomic_fetch_add(&begun, 1);
    int err = coil_sleep(3600);
    *ret = 5;
    return err == -ECANCELED ? 0 : -EPROTO;
}

static COIL_ASYNC(go_there, (coil_loop *, there))
{
    int sum = -1, no = -1;
    coil_context_var_set(&who, (void *)(uintptr_t) "me");
    ck_assert_int_eq(coil_to_loop(there, add_there(1, 2, there, &sum)), 7);
    ck_assert_int_eq(sum, 3);
    ck_assert_int_eq(coil_to_loop(coil_loop_running(), add_there(2, 2, coil_loop_running(), &sum)),
                     7);
    ck_assert_int_eq(sum, 4);
    int err = coil_to_loop(there, fail_there(&no));
    ck_assert_int_eq(err, -EPROTO);
    ck_assert_str_eq(coil_error_message(err), "not with me");
    ck_assert_int_eq(no, -1);
    int a = 0, b = 0;
    ck_assert_int_eq(coil_gather(coil_to_loop(there, add_there(1, 1, there, &a)),
                                 coil_to_loop(there, add_there(2, 2, there, &b))),
                     0);
    ck_assert_int_eq(a + b, 6);
    ck_assert_int_eq(coil_to_loop(NULL, fail_there(&no)), -EINVAL);
    ck_assert_int_eq(coil_to_loop(there, coil_to_thread(fail_there(&no))), -EINVAL);
    return 0;
}

static COIL_ASYNC(cancel_there, (coil_loop *, there))
{
    int out = -1;
    atomic_store(&begun, 0);
    atomic_store(&ended, 0);
    coil_task *t = coil_create_task(coil_to_loop(there, wait_there()));
    ck_assert_int_eq(wait_for_begun(1), 0);
    ck_assert_int_eq(coil_wait_for(coil_await(t), 0.001), -ETIMEDOUT);
    ck_assert_int_eq(atomic_load(&ended), 1);
    /* perhaps before it has begun */
    t = coil_create_task(coil_to_loop(there, wait_there()));
    ck_assert_int_eq(coil_yield_now(), 0);
    ck_assert_int_eq(coil_task_cancel(t), 1);
    ck_assert_int_eq(coil_task_cancel(t), 1);
    ck_assert_int_eq(coil_await(t), -ECANCELED);
    ck_assert_int_le(atomic_load(&ended), 2);
    /* the call decides */
    atomic_store(&begun, 0);
    t = coil_create_task(coil_to_loop(there, swallow_there(&out)));
    ck_assert_int_eq(wait_for_begun(1), 0);
    ck_assert_int_eq(coil_task_cancel(t), 1);
    ck_assert_int_eq(coil_await(t), 0);
    ck_assert_int_eq(out, 5);
    /* a task that was told to end begins nothing */
    atomic_store(&begun, 0);
    coil_task_cancel(coil_current_task());
    ck_assert_int_eq(coil_to_loop(there, count_threads()), -ECANCELED);
    coil_task_uncancel(coil_current_task());
    ck_assert_int_eq(coil_to_loop(there, count_threads()), 0);
    ck_assert_int_eq(atomic_load(&begun), 1);
    return 0;
}

static COIL_ASYNC(first_goes, (int, cancel))
{
    if (coil_thread_index() != 0)
        return 0;
    return cancel ? cancel_there(coil_thread_loop(1)) : go_there(coil_thread_loop(1));
}

TEST_IN_THREAD(a_call_runs_in_another_loop_and_its_outcome_comes_back)
{
    ck_assert_int_eq(coil_run_threads(2, first_goes(0)), 0);
    return arg;
}

TEST_IN_THREAD(a_cancellation_is_passed_on_to_the_other_loop)
{
    ck_assert_int_eq(coil_run_threads(2, first_goes(1)), 0);
    return arg;
}

static COIL_ASYNC(ask_idle, (coil_loop *, idle))
{
    int err = coil_to_loop(idle, coil_sleep(0));
    ck_assert_int_eq(err, -COIL_EWRONGTHREAD);
    ck_assert_ptr_nonnull(strstr(coil_error_message(err), "loop of this thread"));
    return 0;
}

static coil_loop *other;

static int call_out_of_place(void *arg)
{
    (void)arg;
    ck_assert_int_eq(coil_to_loop(other, coil_sleep(0)), -COIL_ENOTASK);
    coil_loop_stop(coil_loop_running());
    return 0;
}

TEST_IN_THREAD(from_the_wrong_place_it_is_a_clear_error)
{
    coil_loop *idle;
    ck_assert_int_eq(coil_loop_new(NULL, &idle), 0);
    ck_assert_int_eq(coil_to_loop(idle, coil_sleep(0)), -COIL_ENOLOOP);
    ck_assert_int_eq(coil_run(ask_idle(idle)), 0);
    ck_assert_ptr_nonnull(coil_loop_call_soon(idle, call_out_of_place, NULL));
    other = idle;
    ck_assert_int_eq(coil_loop_run_forever(idle), 0);
    ck_assert_int_eq(coil_loop_close(idle), 0);
    return arg;
}

/* ---------------------------------------------------------------- a call that nobody joins ---- */

static atomic_int reported;

static int note_error(coil_loop *loop, const coil_exception_context *context, void *arg)
{
    (void)loop, (void)arg;
    ck_assert_int_eq(context->error, -EPROTO);
    ck_assert_str_eq(context->error_message, "not with me");
    atomic_fetch_add(&reported, 1);
    return 0;
}

static COIL_ASYNC(sum_up, (const int *, numbers), (int, n))
{
    int sum = 0;
    for (int i = 0; i < n; i++)
        sum += numbers[i];
    atomic_fetch_add(&ended, sum);
    return coil_yield_now();
}

static COIL_ASYNC(spawn_in_other)
{
    static const int numbers[] = {1, 2, 3};
    int none = -1;
    if (coil_thread_index() != 0)
        return 0;
    coil_loop *there = coil_thread_loop(1);
    coil_call stored = COIL_CALL(sum_up(numbers, 3));
    atomic_store(&ended, 0);
    atomic_store(&reported, 0);
    ck_assert_int_eq(coil_spawn_threadsafe(there, coil_perform(stored)), 0);
    ck_assert_int_eq(coil_spawn_threadsafe(there, coil_perform(stored)), -COIL_ECALLUSED);
    ck_assert_int_eq(
        coil_spawn_threadsafe(there, coil_gather(sum_up(numbers, 1), sum_up(numbers, 2))), 0);
    ck_assert_int_eq(coil_spawn_threadsafe(coil_loop_running(), sum_up(numbers, 3)), 0);
    ck_assert_int_eq(coil_spawn_threadsafe(there, fail_there(&none)), 0);
    ck_assert_int_eq(coil_spawn_threadsafe(NULL, coil_yield_now()), -EINVAL);
    while (atomic_load(&ended) < 16 || atomic_load(&reported) < 1)
        ck_assert_int_eq(coil_sleep(0.0005), 0);
    ck_assert_int_eq(none, -1);
    return 0;
}

static int quiet_loop(void *arg, coil_loop **ret_loop)
{
    (void)arg;
    int err = coil_loop_new(NULL, ret_loop);
    if (err >= 0)
        coil_loop_set_exception_handler(*ret_loop, note_error, NULL);
    return err;
}

TEST_IN_THREAD(a_call_that_nobody_joins_reports_its_error_where_it_ran)
{
    const coil_loop_options options = {.factory = quiet_loop};
    ck_assert_int_eq(coil_run_threads_with(2, spawn_in_other(), &options), 0);
    coil_loop *loop;
    ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
    ck_assert_int_eq(coil_spawn_threadsafe(loop, coil_sleep(1)), 0); /* it never runs */
    ck_assert_int_eq(coil_loop_close(loop), 0);
    ck_assert_int_eq(coil_spawn_threadsafe(loop, coil_sleep(1)), -COIL_ELOOPCLOSED);
    return arg;
}

/* ---------------------------------------------------------------- what belongs to a loop stays there ---- */

static coil_task *shared_task;
static coil_event shared_event;
static coil_future *shared_future;
static atomic_int stage;

static int never(void *arg)
{
    (void)arg;
    return 0;
}

static COIL_ASYNC(touch_from_outside)
{
    if (coil_thread_index() == 0) {
        coil_event_init(&shared_event);
        shared_task = coil_create_task(coil_sleep(3600));
        shared_future = coil_future_new();
        atomic_store(&stage, 1);
        while (atomic_load(&stage) == 1)
            if (coil_sleep(0.0005) < 0)
                return -1;
        coil_future_unref(shared_future);
        coil_task_cancel(shared_task);
        return coil_await(shared_task) == -ECANCELED ? 0 : -EPROTO;
    }
    while (atomic_load(&stage) == 0)
        if (coil_sleep(0.0005) < 0)
            return -1;
    ck_assert_int_eq(coil_await(shared_task), -COIL_EWRONGTHREAD);
    ck_assert_int_eq(coil_task_cancel(shared_task), -COIL_EWRONGTHREAD);
    ck_assert_int_eq(coil_task_done(shared_task), -COIL_EWRONGTHREAD);
    ck_assert_int_eq(coil_future_await(shared_future, NULL), -COIL_EWRONGTHREAD);
    ck_assert_int_eq(coil_future_set_result(shared_future, NULL), -COIL_EWRONGTHREAD);
    ck_assert_int_eq(coil_loop_run_forever(coil_thread_loop(0)), -COIL_EWRONGTHREAD);
    ck_assert_int_eq(coil_loop_close(coil_thread_loop(0)), -COIL_EWRONGTHREAD);
    ck_assert_ptr_null(coil_loop_call_soon(coil_thread_loop(0), never, NULL));
    atomic_store(&stage, 2);
    return 0;
}

TEST_IN_THREAD(what_belongs_to_one_loop_is_refused_in_another)
{
    atomic_store(&stage, 0);
    ck_assert_int_eq(coil_run_threads(2, touch_from_outside()), 0);
    return arg;
}

int main(void)
{
    TCase *t = tcase_create("a call in another loop");
    tcase_add_test(t, a_call_runs_in_another_loop_and_its_outcome_comes_back);
    tcase_add_test(t, a_cancellation_is_passed_on_to_the_other_loop);
    tcase_add_test(t, from_the_wrong_place_it_is_a_clear_error);
    tcase_add_test(t, a_call_that_nobody_joins_reports_its_error_where_it_ran);
    tcase_add_test(t, what_belongs_to_one_loop_is_refused_in_another);
    return test_main("a call in another loop", t);
}

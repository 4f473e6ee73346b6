/* A shield that one holds: it follows the inner one, and cancelling it leaves the inner one alone. */
#include <check.h>

#include "coil.h"
#include "harness.h"

static COIL_ASYNC(answer, (double, seconds), (int, ret, out))
{
    int err = coil_sleep(seconds);
    if (err < 0)
        return err;
    *ret = 42;
    return 0;
}

static COIL_ASYNC(fails)
{
    int err = coil_sleep(0);
    return err < 0 ? err : coil_fail(-EIO, "broken");
}

static int reports;

static int count(coil_loop *loop, const coil_exception_context *context, void *arg)
{
    (void)loop, (void)context, (void)arg;
    reports++;
    return 0;
}

static COIL_ASYNC(follow)
{
    int n = 0;
    coil_future *s = coil_shield_future(coil_create_task(answer(0.001, &n)));
    ck_assert_int_eq(coil_future_done(s), 0);
    int err = coil_future_await(s, NULL);
    ck_assert_int_eq(err, 0);
    ck_assert_int_eq(n, 42);
    coil_future_unref(s); /* takes the creator's handle of the task with it */

    coil_task *t = coil_create_task(answer(0.002, &n));
    n = 0;
    s = coil_shield_future(t);
    ck_assert_int_eq(coil_future_cancel(s), 1);
    ck_assert_int_eq(coil_future_await(s, NULL), -ECANCELED);
    coil_future_unref(s);
    ck_assert_int_eq(n, 0);
    ck_assert_int_eq(coil_await(t), 0);
    ck_assert_int_eq(n, 42);

    t = coil_create_task(fails());
    s = coil_shield_future(t);
    ck_assert_int_eq(coil_future_await(s, NULL), -EIO);
    ck_assert_str_eq(coil_error_message(-EIO), "broken");
    coil_future_unref(s);
    ck_assert_int_eq(coil_await(t), -COIL_ESTALE);
    return 0;
}

START_TEST(a_shield_lands_the_outputs_and_its_cancellation_leaves_the_task_alone)
{
    ck_assert_int_eq(coil_run(follow()), 0);
}
END_TEST

/* The inner one fails after its shields were cancelled: then the error is its own to report. */
static COIL_ASYNC(cancelled_before_the_error)
{
    coil_loop_set_exception_handler(coil_loop_running(), count, NULL);
    coil_task *t = coil_create_task(fails());
    coil_future *s = coil_shield_future(t);
    coil_future_cancel(s);
    coil_future_unref(s);
    int err = coil_sleep(0.001);
    ck_assert_int_eq(reports, 0);
    coil_task_unref(t);
    ck_assert_int_eq(reports, 1);
    /* nobody fetches the error of a shield that is held: it is reported once, by the shield */
    t = coil_create_task(fails());
    s = coil_shield_future(t);
    err = err < 0 ? err : coil_sleep(0.001);
    coil_task_unref(t);
    ck_assert_int_eq(reports, 1);
    coil_future_unref(s);
    ck_assert_int_eq(reports, 2);
    return err;
}

START_TEST(an_error_behind_a_shield_is_reported_once)
{
    reports = 0;
    ck_assert_int_eq(coil_run(cancelled_before_the_error()), 0);
}
END_TEST

static int nothing(coil_future *f, void *arg)
{
    (void)f, (void)arg;
    return 0;
}

static int leave_pending(void *arg)
{
    coil_loop *loop = arg;
    coil_future *inner = coil_future_new();
    coil_future *once = coil_future_shield_future(inner);
    coil_future *twice = coil_future_shield_future(once);
    coil_future *both =
        coil_gather_future(coil_future_await(inner, NULL), coil_future_await(twice, NULL));
    ck_assert(inner && once && twice && both);
    coil_future *never = coil_future_new();
    coil_future *of_never = coil_gather_future(coil_sleep(5), coil_future_await(never, NULL));
    coil_future_add_done_callback(inner, nothing, NULL);
    coil_future_add_done_callback(of_never, nothing, NULL);
    coil_future_unref(coil_gather_future(coil_future_await(never, NULL)));
    coil_future_cancel(inner); /* queues what never runs */
    coil_loop_stop(loop);
    return 0;
}

START_TEST(a_loop_closes_over_shields_of_shields_that_nobody_gave_back)
{
    coil_loop *loop;
    ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
    ck_assert_ptr_nonnull(coil_loop_call_soon(loop, leave_pending, loop));
    ck_assert_int_ge(coil_loop_run_once(loop, 0), 0);
    coil_loop_set_exception_handler(loop, count, NULL);
    ck_assert_int_eq(coil_loop_close(loop), 0);
}
END_TEST

static COIL_ASYNC(forgets_a_gather)
{
    coil_future *f = coil_future_new();
    coil_future_unref(coil_gather_future(coil_future_await(f, NULL), coil_sleep(0.001)));
    coil_future *in_its_place = coil_future_new();
    coil_future_set_result(f, NULL);
    int err = coil_sleep(0.002);
    ck_assert_int_eq(coil_future_done(in_its_place), 0);
    coil_future_unref(in_its_place);
    coil_future_unref(f);
    return err;
}

START_TEST(a_gather_whose_future_was_given_back_ends_unheard)
{
    ck_assert_int_eq(coil_run(forgets_a_gather()), 0);
}
END_TEST

static COIL_ASYNC(settled)
{
    coil_future *f = coil_future_new();
    int value = 0;
    coil_future_set_result(f, &value);
    coil_future *s = coil_future_shield_future(f);
    ck_assert_ptr_eq(s, f);
    coil_future_unref(s);
    void *got = NULL;
    int err = coil_future_await(f, &got);
    ck_assert_ptr_eq(got, &value);
    coil_future_unref(f);
    ck_assert_ptr_null(coil_shield_future(NULL));
    ck_assert_ptr_null(coil_future_shield_future(f));

    f = coil_future_new();
    s = coil_future_shield_future(f);
    coil_future_set_result(f, &value);
    ck_assert_int_eq(coil_future_done(s), 0); /* a turn later */
    if (err >= 0)
        err = coil_future_await(s, &got);
    ck_assert_ptr_eq(got, &value);
    coil_future_unref(s);
    coil_future_unref(f);
    return err;
}

START_TEST(a_shield_of_a_settled_future_is_that_future)
{
    ck_assert_int_eq(coil_run(settled()), 0);
}
END_TEST

static COIL_ASYNC(sleeps_with_results)
{
    int value = 7;
    void *got = NULL;
    int err = coil_wait_for(coil_sleep_result(0.001, &value, &got), 1);
    ck_assert_ptr_eq(got, &value);
    got = NULL;
    coil_task *t = coil_create_task(coil_sleep_result(5, &value, &got));
    coil_task_cancel(t);
    ck_assert_int_eq(coil_await(t), -ECANCELED);
    ck_assert_ptr_null(got);
    return err;
}

START_TEST(a_sleep_gives_the_result_it_was_handed)
{
    ck_assert_int_eq(coil_run(sleeps_with_results()), 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("shield");
    tcase_add_test(t, a_shield_lands_the_outputs_and_its_cancellation_leaves_the_task_alone);
    tcase_add_test(t, an_error_behind_a_shield_is_reported_once);
    tcase_add_test(t, a_loop_closes_over_shields_of_shields_that_nobody_gave_back);
    tcase_add_test(t, a_gather_whose_future_was_given_back_ends_unheard);
    tcase_add_test(t, a_shield_of_a_settled_future_is_that_future);
    tcase_add_test(t, a_sleep_gives_the_result_it_was_handed);
    return test_main("shield", t);
}

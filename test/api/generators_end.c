/* What becomes of generators when loops end, and of scopes around a yield when tasks do. */
#include <check.h>

#include "coil.h"
#include "harness.h"
#include "in_thread.h"
#include "ticks.h"

static int reports, reported;
static const char *reported_message;

static int note(coil_loop *loop, const coil_exception_context *context, void *arg)
{
    (void)loop, (void)arg;
    reports++;
    reported = context->error;
    reported_message = context->message;
    return 0;
}

static COIL_ASYNC(slow, (double, seconds))
{
    int v = 1, err = coil_sleep(seconds);
    return err < 0 ? err : coil_generator_yield(&v, NULL);
}

/* ---------------------------------------------------------------- the end of a loop ---- */

static COIL_ASYNC(fails_in_cleanup)
{
    int err = coil_generator_yield(NULL, NULL);
    coil_ignore(coil_sleep(0.001));
    return err == -COIL_EGENERATOREXIT ? coil_fail(-EIO, "in cleanup") : err;
}

static COIL_ASYNC(deaf)
{
    for (int i = 0; i < 4; i++)
        coil_ignore(coil_generator_yield(NULL, NULL));
    return 0;
}

static COIL_ASYNC(leave_behind, (const coil_call *, call))
{
    coil_loop_set_exception_handler(coil_loop_running(), note, NULL);
    coil_generator *g = coil_generator_new(coil_perform(*call), 0);
    int err = coil_generator_next(g, NULL);
    return err < 0 ? err : 0;
}

START_TEST(what_goes_wrong_at_the_end_of_the_loop_is_reported)
{
    coil_call bad = COIL_CALL(fails_in_cleanup()), stubborn = COIL_CALL(deaf());
    reports = 0;
    ck_assert_int_eq(coil_run(leave_behind(&bad)), 0);
    ck_assert_int_eq(reports, 1);
    ck_assert_int_eq(reported, -EIO);
    ck_assert_str_eq(reported_message,
                     "an error occurred during closing of asynchronous generator");
    ck_assert_int_eq(coil_run(leave_behind(&stubborn)), 0);
    ck_assert_int_eq(reports, 2);
    ck_assert_int_eq(reported, -COIL_EINVALIDSTATE);
}
END_TEST

static coil_generator *kept[4];

static int begin(void *arg)
{
    coil_loop_stop(arg);
    return 0;
}

static COIL_ASYNC(start_three)
{
    int v;
    kept[0] = coil_generator_new(ticks(), sizeof v); /* never started */
    kept[1] = coil_generator_new(ticks(), sizeof v); /* at a yield    */
    kept[2] = coil_generator_new(slow(5), sizeof v); /* awaits        */
    ck_assert_int_eq(coil_generator_next(kept[1], &v), 1);
    ck_assert_int_eq(coil_generator_next(kept[3], &v), 1); /* made before the loop */
    coil_call_soon(begin, coil_loop_running());
    return coil_generator_next(kept[2], &v);
}

TEST_IN_THREAD(a_loop_that_is_closed_without_ado_leaves_nothing_of_its_generators)
{
    coil_loop *loop;
    int v;
    kept[3] = coil_generator_new(ticks(), sizeof v);
    ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
    coil_loop_set_exception_handler(loop, note, NULL);
    ck_assert_int_eq(coil_loop_run_until_complete(loop, start_three()), -COIL_EINVALIDSTATE);
    coil_loop_close(loop);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(coil_generator_state(kept[i]), -COIL_ESTALE);
    ck_assert_int_eq(coil_generator_state(kept[3]), COIL_GENERATOR_CLOSED);
    ck_assert_int_eq(coil_generator_status(kept[3]), -ECANCELED);
    coil_generator_free(kept[3]);
    return arg;
}

static COIL_ASYNC(count, (int, n))
{
    int err = 0;
    for (int i = 0; i < n && err >= 0; i++)
        err = coil_generator_yield(&i, NULL);
    return err;
}

static coil_generator *of_the_first_loop;

static COIL_ASYNC(ask_in_the_second_loop)
{
    return coil_generator_next(of_the_first_loop, NULL);
}

static COIL_ASYNC(first_step)
{
    return coil_generator_next(of_the_first_loop, NULL);
}

TEST_IN_THREAD(a_generator_stays_with_the_loop_in_which_it_was_started)
{
    coil_loop *first, *second;
    ck_assert_int_eq(coil_loop_new(NULL, &first), 0);
    ck_assert_int_eq(coil_loop_new(NULL, &second), 0);
    of_the_first_loop = coil_generator_new(count(5), sizeof(int));
    ck_assert_int_eq(coil_loop_run_until_complete(first, first_step()), 1);
    ck_assert_int_eq(coil_loop_run_until_complete(second, ask_in_the_second_loop()),
                     -COIL_EINVALIDSTATE);
    ck_assert_int_eq(coil_generator_next(of_the_first_loop, NULL), 1); /* outside of both */
    ck_assert_int_eq(coil_loop_run_until_complete(first, first_step()), 1);
    coil_loop_close(second);
    coil_generator_free(of_the_first_loop);
    coil_loop_close(first);
    return arg;
}

/* ---------------------------------------------------------------- scopes around a yield ---- */

static COIL_ASYNC(in_a_time_limit, (double, seconds))
{
    int err;
    COIL_TIMEOUT(limit, seconds, err)
    {
        err = coil_generator_yield(NULL, NULL);
        if (err >= 0)
            err = coil_sleep(5);
    }
    ended++;
    return err;
}

static COIL_ASYNC(in_a_group)
{
    int err;
    COIL_TASK_GROUP(g, err)
    {
        coil_group_create_task(g, coil_sleep(5));
        err = coil_generator_yield(NULL, NULL);
    }
    ended++;
    return err;
}

static COIL_ASYNC(start_and_leave, (coil_generator *, g))
{
    int err = coil_generator_next(g, NULL);
    return err < 0 ? err : 0;
}

static COIL_ASYNC(scopes)
{
    static coil_generator *left[3];
    left[0] = coil_generator_new(in_a_time_limit(60), 0);
    left[1] = coil_generator_new(in_a_group(), 0);
    left[2] = coil_generator_new(in_a_time_limit(0.001), 0);
    int err = 0;
    for (int i = 0; i < 3 && err >= 0; i++)
        err = coil_await(coil_create_task(start_and_leave(left[i])));
    for (int i = 0; i < 8 && err >= 0; i++) /* others take the places of the tasks that began */
        err = coil_await(coil_create_task(coil_sleep(0.001)));
    return err;
}

START_TEST(a_scope_around_a_yield_may_be_left_in_another_task)
{
    ended = 0;
    ck_assert_int_eq(coil_run(scopes()), 0);
    ck_assert_int_eq(ended, 3);
}
END_TEST

static coil_generator *in_scopes[2];

static COIL_ASYNC(begin_scopes)
{
    in_scopes[0] = coil_generator_new(in_a_time_limit(0.001), 0);
    in_scopes[1] = coil_generator_new(in_a_group(), 0);
    int err = coil_generator_next(in_scopes[0], NULL);
    if (err >= 0)
        err = coil_generator_next(in_scopes[1], NULL);
    return err < 0 ? err : coil_sleep(0); /* the group's child begins to sleep */
}

static COIL_ASYNC(rest)
{
    return coil_sleep(0.003);
}

TEST_IN_THREAD(a_scope_around_a_yield_may_be_left_where_no_loop_runs)
{
    coil_loop *loop;
    ended = 0;
    ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
    ck_assert_int_eq(coil_loop_run_until_complete(loop, begin_scopes()), 0);
    coil_generator_free(in_scopes[0]);
    ck_assert_int_eq(coil_generator_close(in_scopes[1]), -COIL_ENOLOOP); /* nobody can wait */
    ck_assert_int_eq(ended, 2);
    ck_assert_int_eq(coil_loop_run_until_complete(loop, rest()), 0);
    coil_generator_free(in_scopes[1]);
    coil_loop_close(loop);
    return arg;
}

static COIL_ASYNC(times_out_inside, (int, ret, out))
{
    COIL_GENERATOR(g, in_a_time_limit(0.001), 0);
    int err = coil_generator_next(g, NULL);
    if (err >= 0)
        err = coil_generator_next(g, NULL);
    *ret = err;
    return coil_task_cancelling(coil_current_task());
}

START_TEST(a_time_limit_in_a_body_that_awaits_strikes_as_anywhere)
{
    int err = 0;
    ck_assert_int_eq(coil_run(times_out_inside(&err)), 0);
    ck_assert_int_eq(err, -ETIMEDOUT);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("generators and the ends of loops and tasks");
    tcase_add_test(t, what_goes_wrong_at_the_end_of_the_loop_is_reported);
    tcase_add_test(t, a_loop_that_is_closed_without_ado_leaves_nothing_of_its_generators);
    tcase_add_test(t, a_generator_stays_with_the_loop_in_which_it_was_started);
    tcase_add_test(t, a_scope_around_a_yield_may_be_left_in_another_task);
    tcase_add_test(t, a_scope_around_a_yield_may_be_left_where_no_loop_runs);
    tcase_add_test(t, a_time_limit_in_a_body_that_awaits_strikes_as_anywhere);
    return test_main("generators_end", t);
}

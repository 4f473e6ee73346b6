/* Tasks that await each other, in long chains and in circles: a cancellation goes all the way, on any stack, and comes to an end. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>

#include "coil.h"
#include "harness.h"

#if defined(__SANITIZE_THREAD__) /* whose contexts are threads to it, of which it knows 8128 */
enum { LONG = 2000 };
#else
enum { LONG = 20000 };
#endif

static coil_task *tasks[LONG];

static COIL_ASYNC(awaits, (int, n))
{
    return n == 0 ? coil_sleep(3600) : coil_await(tasks[n - 1]);
}

static COIL_ASYNC(gathers, (int, n))
{
    return n == 0 ? coil_sleep(3600) : coil_gather(coil_await(tasks[n - 1]), coil_sleep(3600));
}

static int settle(int turns)
{
    int err = 0;
    for (int i = 0; i < turns && err >= 0; i++)
        err = coil_yield_now();
    return err;
}

static COIL_ASYNC(long_chain)
{
    for (int i = 0; i < LONG; i++)
        tasks[i] = coil_task_ref(coil_create_task(awaits(i)));
    int err = settle(2);
    if (err < 0)
        return err;
    ck_assert_int_eq(coil_task_cancel_msg(tasks[LONG - 1], "all of you"), 1);
    ck_assert_int_eq(coil_task_cancelling(tasks[0]), 1);
    ck_assert_int_eq(coil_await(tasks[LONG - 1]), -ECANCELED);
    ck_assert_str_eq(coil_error_message(-ECANCELED), "all of you");
    for (int i = 0; i < LONG; i++) {
        ck_assert_int_eq(coil_task_cancelled(tasks[i]), 1);
        coil_task_unref(tasks[i]);
    }
    return 0;
}

START_TEST(a_cancellation_goes_down_a_chain_of_any_length)
{
    ck_assert_int_eq(coil_run(long_chain()), 0);
}
END_TEST

static COIL_ASYNC(next_in_circle, (int, me), (int, n))
{
    return coil_await(tasks[(me + 1) % n]);
}

static COIL_ASYNC(gather_in_circle, (int, me), (int, n))
{
    return coil_gather(coil_await(tasks[(me + 1) % n]), coil_sleep(3600));
}

static int end_circle(int n)
{
    int err = settle(3);
    ck_assert_int_eq(coil_task_cancel_msg(tasks[0], "round"), 1);
    if (err >= 0)
        err = settle(8 * n);
    for (int i = 0; i < n; i++) {
        ck_assert_int_eq(coil_task_cancelled(tasks[i]), 1);
        coil_task_unref(tasks[i]);
        coil_task_unref(tasks[i]); /* the creator's, if nobody has taken it */
    }
    return err;
}

static COIL_ASYNC(circles)
{
    for (int n = 2; n < 5; n++) {
        for (int i = 0; i < n; i++)
            tasks[i] = coil_task_ref(coil_create_task(next_in_circle(i, n)));
        int err = end_circle(n);
        if (err < 0)
            return err;
        tasks[0] = coil_task_ref(coil_create_task(gather_in_circle(0, n)));
        for (int i = 1; i < n; i++)
            tasks[i] = coil_task_ref(coil_create_task(next_in_circle(i, n)));
        err = end_circle(n);
        if (err < 0)
            return err;
    }
    return 0;
}

static COIL_ASYNC(circles_of_gathers)
{
    for (int n = 2; n < 5; n++) {
        for (int i = 0; i < n; i++)
            tasks[i] = coil_task_ref(coil_create_task(gather_in_circle(i, n)));
        int err = end_circle(n);
        if (err < 0)
            return err;
    }
    return 0;
}

START_TEST(a_cancellation_ends_a_circle_of_tasks_that_gather_each_other)
{
    ck_assert_int_eq(coil_run(circles_of_gathers()), 0);
}
END_TEST

static COIL_ASYNC(gathers_its_parent, (int *, statuses))
{
    tasks[1] = coil_task_ref(coil_current_task());
    const coil_call calls[] = {COIL_CALL(coil_await(tasks[0])), COIL_CALL(coil_sleep(3600))};
    return coil_gather_n(calls, 2, statuses);
}

static COIL_ASYNC(gathers_its_child, (int *, statuses))
{
    return coil_gather(gathers_its_parent(statuses));
}

static COIL_ASYNC(child_and_parent)
{
    for (int first = 0; first < 2; first++) {
        int statuses[2] = {0, 0};
        tasks[0] = coil_task_ref(coil_create_task(gathers_its_child(statuses)));
        int err = settle(4);
        if (err < 0)
            return err;
        ck_assert_int_eq(coil_task_cancel(tasks[first]), 1);
        err = settle(16);
        ck_assert_int_eq(statuses[0], -ECANCELED);
        ck_assert_int_eq(statuses[1], -ECANCELED);
        for (int i = 0; i < 2; i++) {
            ck_assert_int_eq(coil_task_cancelled(tasks[i]), 1);
            coil_task_unref(tasks[i]);
        }
        coil_task_unref(tasks[0]);
        if (err < 0)
            return err;
    }
    return 0;
}

START_TEST(a_cancellation_ends_a_task_and_the_gather_that_made_it_whoever_is_asked_first)
{
    ck_assert_int_eq(coil_run(child_and_parent()), 0);
}
END_TEST

START_TEST(a_cancellation_ends_a_circle_of_tasks_that_await_each_other)
{
    ck_assert_int_eq(coil_run(circles()), 0);
}
END_TEST

static COIL_ASYNC(leaves_a_circle)
{
    for (int i = 0; i < 3; i++)
        tasks[i] = coil_create_task(next_in_circle(i, 3));
    return settle(2);
}

static COIL_ASYNC(leaves_a_circle_of_gathers)
{
    for (int i = 0; i < 3; i++)
        tasks[i] = coil_create_task(gather_in_circle(i, 3));
    return settle(3);
}

START_TEST(a_run_ends_over_a_circle_that_was_left)
{
    ck_assert_int_eq(coil_run(leaves_a_circle()), 0);
    ck_assert_int_eq(coil_run(leaves_a_circle_of_gathers()), 0);
}
END_TEST

static COIL_ASYNC(gathers_in_gathers)
{
    enum { DEEP = 200 };
    for (int i = 0; i < DEEP; i++)
        tasks[i] = coil_task_ref(coil_create_task(gathers(i)));
    int err = settle(3);
    if (err < 0)
        return err;
    coil_task_cancel(tasks[DEEP - 1]);
    ck_assert_int_eq(coil_await(tasks[DEEP - 1]), -ECANCELED);
    for (int i = 0; i < DEEP; i++)
        coil_task_unref(tasks[i]);
    return 0;
}

START_TEST(a_cancellation_goes_through_gathers_of_gathers)
{
    ck_assert_int_eq(coil_run(gathers_in_gathers()), 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("chains");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, a_cancellation_goes_down_a_chain_of_any_length);
    tcase_add_test(t, a_cancellation_ends_a_circle_of_tasks_that_await_each_other);
    tcase_add_test(t, a_cancellation_ends_a_circle_of_tasks_that_gather_each_other);
    tcase_add_test(t,
                   a_cancellation_ends_a_task_and_the_gather_that_made_it_whoever_is_asked_first);
    tcase_add_test(t, a_run_ends_over_a_circle_that_was_left);
    tcase_add_test(t, a_cancellation_goes_through_gathers_of_gathers);
    return test_main("await_chains", t);
}

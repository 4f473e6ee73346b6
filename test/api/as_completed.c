/* Tasks in the order of their ends: handed out, or joined at once; by one task or by several. */
#include <check.h>
#include <string.h>

#include "coil.h"
#include "harness.h"
#include "in_thread.h"

/* The virtual clock: nobody waits. */
static const coil_loop_options options = {.virtual_clock = 1};

static COIL_ASYNC(after, (double, seconds), (int, n), (int, ret, out))
{
    int err = coil_sleep(seconds);
    *ret = n;
    return err < 0 ? err : n;
}

static COIL_ASYNC(fail_after, (double, seconds))
{
    int err = coil_sleep(seconds);
    return err < 0 ? err : coil_fail(-EPROTO, "it went wrong");
}

/* ---------------------------------------------------------------- joined at once ---- */

static COIL_ASYNC(plain)
{
    int a = 0, b = 0, c = 0;
    coil_task *t[] = {coil_create_task(after(3, 1, &a)), coil_create_task(after(1, 2, &b)),
                      coil_create_task(fail_after(2)), coil_create_task(after(4, 3, &c))};
    coil_as_completed it;
    ck_assert_int_eq(coil_as_completed_open(&it, t, 4, COIL_FOREVER), 0);
    ck_assert_int_eq(coil_as_completed_await(&it), 2);
    ck_assert_int_eq(b, 2);
    ck_assert_int_eq(a, 0);
    int err = coil_as_completed_await(&it);
    ck_assert_int_eq(err, -EPROTO);
    ck_assert_str_eq(coil_error_message(err), "it went wrong");
    coil_call later = COIL_CALL(coil_as_completed_await(&it)); /* what asyncio's iteration yields */
    ck_assert_int_eq(coil_perform(later), 1);
    ck_assert_int_eq(a, 1);
    ck_assert_int_eq(coil_wait_for(coil_as_completed_await(&it), 0.5), -ETIMEDOUT);
    ck_assert_int_eq(coil_as_completed_await(&it), 3); /* nothing was lost */
    ck_assert_int_eq(c, 3);
    ck_assert_int_eq(coil_as_completed_await(&it), -COIL_ESTOPITERATION);
    coil_as_completed_close(&it);
    ck_assert_int_eq(coil_as_completed_await(&it), -COIL_EINVALIDSTATE);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(coil_await(t[i]), -COIL_ESTALE); /* their handles were taken back */
    return 0;
}

TEST_IN_THREAD(each_outcome_is_joined_in_the_order_of_the_ends)
{
    ck_assert_int_eq(coil_run_with(plain(), &options), 0);
    return arg;
}

static COIL_ASYNC(too_late)
{
    int a = 0, b = 0;
    coil_task *t[] = {coil_create_task(after(1, 1, &a)), coil_create_task(after(3, 2, &b))};
    coil_as_completed it;
    ck_assert_int_eq(coil_as_completed_open(&it, t, 2, 2), 0);
    ck_assert_int_eq(coil_as_completed_await(&it), 1);
    ck_assert_int_eq(coil_as_completed_await(&it), -ETIMEDOUT);
    ck_assert_int_eq(coil_as_completed_await(&it), -COIL_ESTOPITERATION);
    coil_as_completed_close(&it);
    ck_assert_int_eq(coil_await(t[1]), 2); /* it was left alone */
    return 0;
}

TEST_IN_THREAD(one_that_does_not_end_in_time_is_left_alone)
{
    ck_assert_int_eq(coil_run_with(too_late(), &options), 0);
    return arg;
}

/* ---------------------------------------------------------------- several that wait ---- */

static COIL_ASYNC(three_wait)
{
    int a = 0, b = 0, first = 0, second = 0;
    coil_task *t[] = {coil_create_task(after(2, 1, &a)), coil_create_task(after(1, 2, &b))};
    coil_as_completed it;
    ck_assert_int_eq(coil_as_completed_open(&it, t, 2, COIL_FOREVER), 0);
    coil_task *w[] = {coil_create_task(coil_as_completed_await(&it)),
                      coil_create_task(coil_as_completed_await(&it)),
                      coil_create_task(coil_as_completed_await(&it))};
    ck_assert_int_eq(coil_await(w[2]), -COIL_ESTOPITERATION); /* for it nothing is left */
    ck_assert_int_eq(a + b, 0);
    first = coil_await(w[0]);
    second = coil_await(w[1]);
    ck_assert_int_eq(first, 2);
    ck_assert_int_eq(second, 1);
    coil_as_completed_close(&it);
    return 0;
}

TEST_IN_THREAD(several_may_wait_and_each_gets_another_one)
{
    ck_assert_int_eq(coil_run_with(three_wait(), &options), 0);
    return arg;
}

static COIL_ASYNC(close_meanwhile)
{
    int a = 0;
    coil_task *t = coil_create_task(after(2, 1, &a)), *next = NULL;
    coil_as_completed it;
    ck_assert_int_eq(coil_as_completed_open(&it, &t, 1, COIL_FOREVER), 0);
    coil_task *w = coil_create_task(coil_as_completed_next(&it, &next));
    ck_assert_int_eq(coil_sleep(1), 0);
    coil_as_completed_close(&it);
    ck_assert_int_eq(coil_await(w), -COIL_ESTOPITERATION);
    ck_assert_ptr_null(next);
    /* one that waits is cancelled: what it would have got goes to the other */
    ck_assert_int_eq(coil_as_completed_open(&it, &t, 1, COIL_FOREVER), 0);
    w = coil_create_task(coil_as_completed_await(&it));
    ck_assert_int_eq(coil_yield_now(), 0);
    coil_task_cancel(w);
    ck_assert_int_eq(coil_await(w), -ECANCELED);
    ck_assert_int_eq(coil_as_completed_await(&it), 1);
    coil_as_completed_close(&it);
    return 0;
}

TEST_IN_THREAD(a_close_frees_who_waits_and_a_cancellation_loses_nothing)
{
    ck_assert_int_eq(coil_run_with(close_meanwhile(), &options), 0);
    return arg;
}

int main(void)
{
    TCase *t = tcase_create("as completed");
    tcase_add_test(t, each_outcome_is_joined_in_the_order_of_the_ends);
    tcase_add_test(t, one_that_does_not_end_in_time_is_left_alone);
    tcase_add_test(t, several_may_wait_and_each_gets_another_one);
    tcase_add_test(t, a_close_frees_who_waits_and_a_cancellation_loses_nothing);
    return test_main("as completed", t);
}

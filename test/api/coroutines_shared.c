/* Coroutines by hand that several tasks step and wait for, in scopes, and that end early. */
#include <check.h>

#include "coil.h"
#include "harness.h"

static int caught;

static COIL_ASYNC(follow, (coil_future *, f), (void *, ret, out))
{
    return coil_future_await(f, ret);
}

/* ---------------------------------------------------------------- several drivers ---- */

static COIL_ASYNC(turns, (int, n))
{
    int err = 0;
    for (int i = 0; i < n && err >= 0; i++)
        err = coil_yield_now();
    return err;
}

static COIL_ASYNC(step_often, (coil_generator *, c), (int, n))
{
    int err = 0;
    for (int i = 0; i < n && err >= 0; i++) {
        err = coil_generator_send(c, NULL, NULL);
        if (err >= 0)
            err = coil_yield_now();
    }
    return err;
}

/* The coroutine is stepped while its node waits in the turn that runs, and in the next one. */
static COIL_ASYNC(share, (int, debug))
{
    coil_loop_set_debug(coil_loop_running(), debug);
    COIL_COROUTINE(c, turns(30));
    coil_task *first = coil_create_task(step_often(c, 10));
    coil_task *second = coil_create_task(step_often(c, 10));
    int err = step_often(c, 10);
    if (err >= 0)
        err = coil_await(first);
    if (err >= 0)
        err = coil_await(second);
    if (err >= 0)
        err = coil_generator_send(c, NULL, NULL);
    ck_assert_int_eq(err, -COIL_ESTOPITERATION);
    return 0;
}

static COIL_ASYNC(free_while_somebody_waits)
{
    coil_future *f = coil_future_new();
    coil_generator *c = coil_coroutine_new(follow(f, NULL), 0);
    ck_assert_int_eq(coil_generator_send(c, NULL, NULL), 0);
    coil_task *t = coil_create_task(coil_coroutine_wait(c));
    coil_task *other = coil_create_task(coil_coroutine_wait(c));
    int err = coil_yield_now();
    coil_future_set_result(f, NULL);
    if (err >= 0)
        err = coil_yield_now(); /* they are told, and freed before they run */
    coil_generator_free(c);
    ck_assert_int_eq(coil_await(t), -COIL_ESTALE);
    ck_assert_int_eq(coil_await(other), -COIL_ESTALE);
    c = coil_coroutine_new(coil_sleep(60), 0);
    ck_assert_int_eq(coil_generator_send(c, NULL, NULL), 0);
    t = coil_create_task(coil_coroutine_wait(c));
    err = coil_yield_now();
    coil_generator_free(c);
    ck_assert_int_eq(coil_await(t), -COIL_ESTALE);
    coil_future_unref(f);
    return err;
}

/* It goes on without what it awaited, to a yield: who waited is not left behind. */
static COIL_ASYNC(sleeps_then_yields)
{
    coil_ignore(coil_sleep(60));
    return coil_generator_yield(NULL, NULL);
}

static COIL_ASYNC(throw_while_somebody_waits)
{
    COIL_COROUTINE(c, sleeps_then_yields());
    ck_assert_int_eq(coil_generator_send(c, NULL, NULL), 0);
    coil_task *t = coil_create_task(coil_coroutine_wait(c));
    int err = coil_yield_now();
    ck_assert_int_eq(coil_generator_throw(c, -EIO, NULL), 0);
    return err < 0 ? err : coil_wait_for(coil_await(t), 5);
}

/* An outer one is closed while an inner one cleans up: both end. */
static COIL_ASYNC(slow_cleanup)
{
    int err = coil_generator_yield(NULL, NULL);
    int late = coil_sleep(60);
    return late < 0 ? late : err;
}

static COIL_ASYNC(holds_an_inner_one)
{
    {
        COIL_GENERATOR(inner, slow_cleanup(), 0);
        coil_ignore(coil_generator_next(inner, NULL));
    }
    caught = coil_sleep(60);
    return caught;
}

static COIL_ASYNC(close_in_a_cleanup)
{
    COIL_COROUTINE(c, holds_an_inner_one());
    ck_assert_int_eq(coil_generator_send(c, NULL, NULL), 0);
    caught = 0;
    ck_assert_int_eq(coil_generator_close(c), 0);
    ck_assert_int_eq(caught, -COIL_EGENERATOREXIT);
    return 0;
}

/* A scope on one's stack, entered while another's stand-in was current, outlives it. */
static coil_generator *shared_one;

static COIL_ASYNC(scoped)
{
    int err;
    COIL_TASK_GROUP(g, err)
    {
        coil_group_create_task(g, coil_sleep(0.001));
        err = coil_generator_yield(NULL, NULL);
    }
    return err;
}

static COIL_ASYNC(asks_the_shared_one)
{
    return coil_generator_next(shared_one, NULL);
}

static COIL_ASYNC(outlive)
{
    shared_one = coil_generator_new(scoped(), 0);
    {
        COIL_COROUTINE(c, asks_the_shared_one());
        ck_assert_int_eq(coil_generator_send(c, NULL, NULL), -COIL_ESTOPITERATION);
    }
    int err = coil_generator_next(shared_one, NULL);
    coil_generator_free(shared_one);
    return err == -COIL_ESTOPITERATION ? 0 : err;
}

static COIL_ASYNC(gather_two)
{
    return coil_gather(coil_sleep(0.001), coil_sleep(60));
}

/* A throw into a gather or a group is told when their tasks have ended. */
static COIL_ASYNC(throw_into_a_gather)
{
    coil_task *left[4];
    COIL_COROUTINE(c, gather_two());
    ck_assert_int_eq(coil_generator_send(c, NULL, NULL), 0);
    int err = coil_yield_now();
    err = err < 0 ? err : coil_generator_throw(c, -EIO, NULL);
    while (err >= 0 && (err = coil_coroutine_wait(c)) >= 0)
        err = coil_generator_send(c, NULL, NULL);
    ck_assert_int_eq(err, -EIO);
    ck_assert_int_eq(coil_all_tasks(left, 4), 1);
    return 0;
}

START_TEST(what_ends_early_leaves_nobody_behind)
{
    ck_assert_int_eq(coil_run(throw_while_somebody_waits()), 0);
    ck_assert_int_eq(coil_run(close_in_a_cleanup()), 0);
    ck_assert_int_eq(coil_run(outlive()), 0);
    ck_assert_int_eq(coil_run(throw_into_a_gather()), 0);
}
END_TEST

START_TEST(several_tasks_drive_and_wait_for_one)
{
    ck_assert_int_eq(coil_run(share(0)), 0);
    ck_assert_int_eq(coil_run(share(1)), 0);
    ck_assert_int_eq(coil_run(free_while_somebody_waits()), 0);
}
END_TEST

/* ---------------------------------------------------------------- scopes and eager tasks ---- */

static COIL_ASYNC(fails_at_once)
{
    return coil_fail(-EIO, "at once");
}

static COIL_ASYNC(starts_eagerly)
{
    coil_task *t = coil_create_task_eager(fails_at_once());
    int err = coil_await(t);
    ck_assert_str_eq(coil_error_message(-EIO), "at once");
    if (err == -EIO)
        err = coil_await(coil_create_task_eager(coil_sleep(0)));
    return err < 0 ? err : coil_fail(-EPERM, "the body's own");
}

static COIL_ASYNC(limited, (int, ret_struck, out))
{
    int err;
    COIL_TIMEOUT(limit, 0.001, err)
    err = coil_sleep(60);
    *ret_struck = err == -ETIMEDOUT;
    COIL_TASK_GROUP(g, err)
    {
        coil_group_create_task(g, fails_at_once());
        err = coil_sleep(60);
    }
    return err == -EIO ? 0 : -EBADMSG;
}

static COIL_ASYNC(scopes)
{
    int struck = 0;
    COIL_COROUTINE(c, limited(&struck));
    int err = coil_generator_send(c, NULL, NULL);
    while (err >= 0 && (err = coil_coroutine_wait(c)) >= 0)
        err = coil_generator_send(c, NULL, NULL);
    ck_assert_int_eq(err, -COIL_ESTOPITERATION);
    ck_assert_int_eq(struck, 1);
    ck_assert_int_eq(coil_task_cancelling(coil_current_task()), 0);
    {
        COIL_COROUTINE(d, starts_eagerly());
        err = coil_coroutine_await(d);
    }
    ck_assert_int_eq(err, -EPERM);
    ck_assert_str_eq(coil_error_message(-EPERM), "the body's own"); /* the driver's error now */
    return coil_yield_now();
}

START_TEST(time_limits_groups_and_eager_tasks_are_the_coroutine_s_own)
{
    ck_assert_int_eq(coil_run(scopes()), 0);
}
END_TEST

/* Whoever ends one waits for what its cleanup awaits: the task that gives it back, and the shutdown of the loop. */
static int cleaned;

static COIL_ASYNC(cleans_up_slowly)
{
    int err = coil_sleep(60);
    coil_ignore(coil_sleep(0.001));
    cleaned++;
    return err;
}

static COIL_ASYNC(gives_one_back_and_leaves_one)
{
    coil_generator *given = coil_coroutine_new(cleans_up_slowly(), 0);
    coil_generator *left = coil_coroutine_new(cleans_up_slowly(), 0);
    ck_assert_int_eq(coil_generator_send(given, NULL, NULL), 0);
    ck_assert_int_eq(coil_generator_send(left, NULL, NULL), 0);
    coil_generator_free(given);
    ck_assert_int_eq(cleaned, 1);
    return 0;
}

START_TEST(who_ends_a_coroutine_waits_for_its_cleanup)
{
    cleaned = 0;
    ck_assert_int_eq(coil_run(gives_one_back_and_leaves_one()), 0);
    ck_assert_int_eq(cleaned, 2);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("coroutines that are shared");
    tcase_add_test(t, time_limits_groups_and_eager_tasks_are_the_coroutine_s_own);
    tcase_add_test(t, several_tasks_drive_and_wait_for_one);
    tcase_add_test(t, what_ends_early_leaves_nobody_behind);
    tcase_add_test(t, who_ends_a_coroutine_waits_for_its_cleanup);
    return test_main("coroutines_shared", t);
}

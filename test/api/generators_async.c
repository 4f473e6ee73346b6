/* Generators whose bodies await, who frees them when, and in which context and loop they run. */
#include <check.h>

#include "coil.h"
#include "harness.h"
#include "ticks.h"

static COIL_ASYNC(ask, (coil_generator *, g), (int, times), (int, ret, out))
{
    int err = 0;
    for (int i = 0; i < times && err >= 0; i++)
        err = coil_generator_next(g, ret);
    return err;
}

static COIL_ASYNC(share)
{
    int v = 0;
    COIL_GENERATOR(g, ticks(), sizeof v);
    int err = coil_await(coil_create_task(ask(g, 2, &v)));
    ck_assert_int_eq(v, 2);
    if (err >= 0)
        err = coil_await(coil_create_task(ask(g, 2, &v)));
    ck_assert_int_eq(v, 4);
    coil_task *t = coil_create_task(ask(g, 1, &v));
    if (err >= 0)
        err = coil_yield_now();
    ck_assert_int_eq(coil_generator_state(g), COIL_GENERATOR_RUNNING);
    ck_assert_int_eq(coil_generator_next(g, &v), -COIL_EINVALIDSTATE);
    ck_assert_int_eq(coil_generator_close(g), -COIL_EINVALIDSTATE);
    coil_task_cancel(t);
    ck_assert_int_eq(coil_await(t), -ECANCELED);
    ck_assert_int_eq(coil_generator_status(g), -ECANCELED);
    ck_assert_int_eq(coil_generator_next(g, &v), -COIL_ESTOPITERATION);
    return err;
}

START_TEST(tasks_take_turns_and_a_cancelled_one_ends_the_generator)
{
    ended = 0;
    ck_assert_int_eq(coil_run(share()), 0);
    ck_assert_int_eq(ended, 1);
}
END_TEST

static COIL_ASYNC(slow, (double, seconds))
{
    int v = 1, err = coil_sleep(seconds);
    return err < 0 ? err : coil_generator_yield(&v, NULL);
}

static COIL_ASYNC(limited)
{
    int v;
    COIL_GENERATOR(g, slow(5), sizeof v);
    ck_assert_int_eq(coil_wait_for(coil_generator_next(g, &v), 0.001), -ETIMEDOUT);
    ck_assert_int_eq(coil_generator_state(g), COIL_GENERATOR_CLOSED);
    COIL_GENERATOR(a, slow(0.001), sizeof v);
    COIL_GENERATOR(b, slow(0.001), sizeof v);
    return coil_gather(coil_generator_next(a, NULL), coil_generator_next(b, NULL));
}

START_TEST(a_request_is_a_call_like_any_other)
{
    ck_assert_int_eq(coil_run(limited()), 0);
}
END_TEST

/* ---------------------------------------------------------------- freeing ---- */

static COIL_ASYNC(free_while_it_awaits)
{
    int v = 0;
    coil_generator *g = coil_generator_new(ticks(), sizeof v);
    coil_task *t = coil_create_task(ask(g, 1, &v));
    int err = coil_yield_now();
    coil_generator_free(g);
    ck_assert_int_eq(coil_generator_state(g), -COIL_ESTALE);
    ck_assert_int_eq(ended, 0);
    ck_assert_int_eq(coil_await(t), 1); /* the request under way has its answer */
    ck_assert_int_eq(v, 1);
    ck_assert_int_eq(ended, 1);
    return err;
}

START_TEST(one_that_is_freed_while_it_awaits_is_closed_at_its_next_yield)
{
    ended = 0;
    ck_assert_int_eq(coil_run(free_while_it_awaits()), 0);
}
END_TEST

/* The cleanup takes the cancellation, and the task hears of it all the same. */
static COIL_ASYNC(slow_to_close)
{
    int err = coil_generator_yield(NULL, NULL);
    int late = coil_sleep(60);
    return late < 0 ? late : err;
}

static COIL_ASYNC(leave_a_slow_one)
{
    {
        COIL_GENERATOR(g, slow_to_close(), 0);
        int err = coil_generator_next(g, NULL);
        if (err < 0)
            return err;
    }
    ended++;
    return coil_sleep(60);
}

static COIL_ASYNC(cancel_a_close)
{
    coil_task *t = coil_create_task(leave_a_slow_one());
    int err = coil_sleep(0.001);
    ck_assert_int_eq(ended, 0);
    coil_task_cancel(t);
    ck_assert_int_eq(coil_await(t), -ECANCELED);
    ck_assert_int_eq(ended, 1);
    return err;
}

START_TEST(a_cancellation_that_a_cleanup_takes_is_not_lost)
{
    ended = 0;
    ck_assert_int_eq(coil_run(cancel_a_close()), 0);
}
END_TEST

static COIL_ASYNC(delegates, (coil_generator *, inner))
{
    return coil_generator_yield_from(inner);
}

static COIL_ASYNC(free_the_inner_one)
{
    int v;
    coil_generator *inner = coil_generator_new(ticks(), sizeof v);
    COIL_GENERATOR(g, delegates(inner), sizeof v);
    ck_assert_int_eq(coil_generator_next(g, &v), 1);
    coil_generator_free(inner);
    ck_assert_int_eq(coil_generator_next(g, &v), -COIL_ESTALE);
    inner = coil_generator_new(ticks(), sizeof v);
    COIL_GENERATOR(h, delegates(inner), sizeof v);
    coil_task *t = coil_create_task(ask(h, 1, &v));
    int err = coil_yield_now();
    coil_generator_free(inner); /* while it awaits */
    ck_assert_int_eq(coil_await(t), 1);
    ck_assert_int_eq(coil_generator_next(h, &v), -COIL_ESTALE);
    COIL_GENERATOR(wide, ticks(), sizeof(double));
    COIL_GENERATOR(outer, delegates(wide), sizeof v);
    ck_assert_int_eq(coil_generator_next(outer, &v), -EINVAL);
    return err;
}

START_TEST(an_inner_generator_that_is_freed_ends_the_delegation)
{
    ended = 0;
    ck_assert_int_eq(coil_run(free_the_inner_one()), 0);
    ck_assert_int_eq(ended, 2);
}
END_TEST

/* ---------------------------------------------------------------- loops and contexts ---- */

static COIL_ASYNC(look)
{
    ck_assert_int_eq(coil_generator_yield(NULL, NULL), -COIL_EINVALIDSTATE);
    return coil_sleep(0);
}

static COIL_ASYNC(runs_a_loop)
{
    int err = coil_run(look());
    ck_assert_int_eq(err, 0);
    return coil_generator_yield(NULL, NULL);
}

static int step_in_callback(void *arg)
{
    ck_assert_int_eq(coil_generator_next(arg, NULL), -COIL_ENOTASK); /* its body can't await here */
    return 0;
}

static COIL_ASYNC(callbacks)
{
    COIL_GENERATOR(g, slow(0), 0);
    coil_call_soon(step_in_callback, g);
    return coil_sleep(0.001);
}

START_TEST(a_body_may_run_a_loop_and_a_callback_may_ask)
{
    COIL_GENERATOR(g, runs_a_loop(), 0);
    ck_assert_int_eq(coil_generator_next(g, NULL), 0);
    ck_assert_int_eq(coil_generator_next(g, NULL), -COIL_ESTOPITERATION);
    ck_assert_int_eq(coil_run(callbacks()), 0);
}
END_TEST

static coil_context_var colour = COIL_CONTEXT_VAR("colour");

static COIL_ASYNC(colours)
{
    int err = 0;
    while (err >= 0) {
        const char *c = coil_context_var_get_or(&colour, "none");
        err = coil_generator_yield(&c, NULL);
    }
    return err;
}

static COIL_ASYNC(ask_in, (coil_generator *, g), (const char *, mine), (const char *, ret, out))
{
    int err = coil_context_var_set(&colour, (void *)(size_t)mine);
    return err < 0 ? err : coil_generator_next(g, ret);
}

static COIL_ASYNC(contexts)
{
    const char *c = NULL;
    COIL_GENERATOR(g, colours(), sizeof c);
    int err = coil_await(coil_create_task(ask_in(g, "red", &c)));
    ck_assert_str_eq(c, "red");
    if (err >= 0)
        err = coil_await(coil_create_task(ask_in(g, "blue", &c)));
    ck_assert_str_eq(c, "blue");
    return err < 0 ? err : 0;
}

START_TEST(a_body_runs_in_the_context_of_who_asks)
{
    ck_assert_int_eq(coil_run(contexts()), 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("generators that await");
    tcase_add_test(t, tasks_take_turns_and_a_cancelled_one_ends_the_generator);
    tcase_add_test(t, a_request_is_a_call_like_any_other);
    tcase_add_test(t, one_that_is_freed_while_it_awaits_is_closed_at_its_next_yield);
    tcase_add_test(t, a_cancellation_that_a_cleanup_takes_is_not_lost);
    tcase_add_test(t, an_inner_generator_that_is_freed_ends_the_delegation);
    tcase_add_test(t, a_body_may_run_a_loop_and_a_callback_may_ask);
    tcase_add_test(t, a_body_runs_in_the_context_of_who_asks);
    return test_main("generators_async", t);
}

/* Generators: what a step gives, and what is refused. */
#include <check.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"
#include "in_child.h"
#include "in_thread.h"

static int ended; /* bodies that came to their end */

static COIL_ASYNC(count_to, (int, n), (int, ret_sum, out))
{
    int sum = 0, err = 0;
    for (int i = 1; i <= n && err >= 0; i++) {
        err = coil_generator_yield(&i, NULL);
        sum += i;
    }
    *ret_sum = sum;
    ended++;
    return err < 0 ? err : n;
}

TEST_IN_THREAD(a_generator_runs_only_between_requests_and_gives_its_value_at_its_end)
{
    int v = 0, sum = 0;
    coil_generator *g = coil_generator_new(count_to(2, &sum), sizeof v);
    ck_assert_int_eq(coil_generator_state(g), COIL_GENERATOR_CREATED);
    ck_assert_int_eq(coil_generator_status(g), -COIL_EINVALIDSTATE);
    ck_assert_int_eq(coil_generator_next(g, &v), 1);
    ck_assert_int_eq(v, 1);
    ck_assert_int_eq(coil_generator_state(g), COIL_GENERATOR_SUSPENDED);
    ck_assert_int_eq(coil_generator_next(g, NULL), 1); /* an item that is not wanted */
    ck_assert_int_eq(coil_generator_next(g, &v), -COIL_ESTOPITERATION);
    ck_assert_int_eq(sum, 3);
    ck_assert_int_eq(v, 1);
    ck_assert_int_eq(coil_generator_state(g), COIL_GENERATOR_CLOSED);
    ck_assert_int_eq(coil_generator_status(g), 2);
    sum = 0; /* the outputs land once */
    ck_assert_int_eq(coil_generator_next(g, &v), -COIL_ESTOPITERATION);
    ck_assert_int_eq(coil_generator_send(g, &v, &v), -COIL_ESTOPITERATION);
    ck_assert_int_eq(coil_generator_close(g), 0);
    ck_assert_int_eq(sum, 0);
    coil_generator_free(g);
    ck_assert_int_eq(coil_generator_next(g, &v), -COIL_ESTALE);
    coil_generator_free(g);
    coil_generator_free(NULL);
    return arg;
}

TEST_IN_THREAD(a_value_for_one_that_has_not_started_is_refused_and_changes_nothing)
{
    int v = 7, sum;
    COIL_GENERATOR(g, count_to(1, &sum), sizeof v);
    ck_assert_int_eq(coil_generator_send(g, &v, &v), -EINVAL);
    ck_assert_str_eq(coil_error_message(-EINVAL), "can't send a value to a just-started generator");
    ck_assert_int_eq(coil_generator_state(g), COIL_GENERATOR_CREATED);
    ck_assert_int_eq(coil_generator_send(g, NULL, &v), 1);
    ck_assert_int_eq(v, 1);
    return arg;
}

TEST_IN_THREAD(null_and_call_objects_that_were_used_say_so)
{
    int v, sum;
    ck_assert_int_eq(coil_generator_next(NULL, &v), -EINVAL);
    ck_assert_int_eq(coil_generator_send(NULL, NULL, &v), -EINVAL);
    ck_assert_int_eq(coil_generator_throw(NULL, -EIO, &v), -EINVAL);
    ck_assert_int_eq(coil_generator_close(NULL), -EINVAL);
    ck_assert_int_eq(coil_generator_status(NULL), -EINVAL);
    ck_assert_int_eq(coil_generator_state(NULL), -EINVAL);
    ck_assert_int_eq(coil_generator_yield_from(NULL), -EINVAL);
    coil_call c = COIL_CALL(count_to(1, &sum));
    ck_assert_int_eq(coil_perform(c), -COIL_EINVALIDSTATE); /* a yield outside of a generator */
    coil_generator *g = coil_generator_new(coil_perform(c), sizeof v);
    ck_assert_int_eq(coil_generator_next(g, &v), -COIL_ECALLUSED);
    coil_generator_free(g);
    return arg;
}

TEST_IN_THREAD(an_error_that_is_none_can_not_be_thrown)
{
    int sum;
    COIL_GENERATOR(g, count_to(1, &sum), sizeof(int));
    ck_assert_int_eq(coil_generator_throw(g, 0, NULL), -EINVAL);
    ck_assert_int_eq(coil_generator_throw(g, 5, NULL), -EINVAL);
    ck_assert_int_eq(coil_generator_state(g), COIL_GENERATOR_CREATED);
    ck_assert_int_eq(coil_generator_throw(g, -EIO, NULL), -EIO); /* ends it before its first line */
    ck_assert_int_eq(coil_generator_state(g), COIL_GENERATOR_CLOSED);
    ck_assert_int_eq(coil_generator_throw(g, -EPERM, NULL), -EPERM);
    ck_assert_int_eq(coil_generator_status(g), -EIO);
    ck_assert_int_eq(coil_generator_next(g, NULL), -COIL_ESTOPITERATION);
    return arg;
}

/* ---------------------------------------------------------------- inside of its own body ---- */

static coil_generator *self;

static COIL_ASYNC(asks_itself)
{
    int v = 0;
    ck_assert_int_eq(coil_generator_state(self), COIL_GENERATOR_RUNNING);
    ck_assert_int_eq(coil_generator_next(self, &v), -COIL_EINVALIDSTATE);
    ck_assert_str_eq(coil_error_message(-COIL_EINVALIDSTATE), "generator already executing");
    ck_assert_int_eq(coil_generator_send(self, NULL, &v), -COIL_EINVALIDSTATE);
    ck_assert_int_eq(coil_generator_throw(self, -EIO, &v), -COIL_EINVALIDSTATE);
    ck_assert_int_eq(coil_generator_close(self), -COIL_EINVALIDSTATE);
    ck_assert_int_eq(coil_generator_yield_from(self), -COIL_EINVALIDSTATE);
    v = 1;
    return coil_generator_yield(&v, NULL);
}

TEST_IN_THREAD(a_generator_that_runs_can_not_be_asked_by_its_own_body)
{
    int v;
    self = coil_generator_new(asks_itself(), sizeof v);
    ck_assert_int_eq(coil_generator_next(self, &v), 1);
    ck_assert_int_eq(coil_generator_next(self, &v), -COIL_ESTOPITERATION);
    coil_generator_free(self);
    return arg;
}

static COIL_ASYNC(frees_itself)
{
    int v = 5;
    coil_generator_free(self);
    ck_assert_int_eq(coil_generator_state(self), -COIL_ESTALE);
    int err = coil_generator_yield(&v, NULL);
    ck_assert_int_eq(err, -COIL_EGENERATOREXIT);
    ended++;
    return err;
}

TEST_IN_THREAD(a_body_that_frees_its_generator_is_closed_at_its_next_yield)
{
    int v = 0;
    ended = 0;
    self = coil_generator_new(frees_itself(), sizeof v);
    ck_assert_int_eq(coil_generator_next(self, &v), 1);
    ck_assert_int_eq(v, 5);
    ck_assert_int_eq(ended, 1);
    ck_assert_int_eq(coil_generator_next(self, &v), -COIL_ESTALE);
    return arg;
}

static COIL_ASYNC(raises_stop)
{
    return -COIL_ESTOPITERATION;
}

static COIL_ASYNC(fails)
{
    int v = 1, err = coil_generator_yield(&v, NULL);
    return err < 0 ? err : coil_fail(-EIO, "broken");
}

TEST_IN_THREAD(a_body_s_own_error_comes_out_once_and_its_stop_signal_is_none)
{
    int v;
    COIL_GENERATOR(g, fails(), sizeof v);
    ck_assert_int_eq(coil_generator_next(g, &v), 1);
    ck_assert_int_eq(coil_generator_next(g, &v), -EIO);
    ck_assert_str_eq(coil_error_message(-EIO), "broken");
    ck_assert_int_eq(coil_generator_status(g), -EIO);
    ck_assert_int_eq(coil_generator_next(g, &v), -COIL_ESTOPITERATION);
    COIL_GENERATOR(stop, raises_stop(), sizeof v);
    ck_assert_int_eq(coil_generator_next(stop, &v), -COIL_EINVALIDSTATE);
    ck_assert_str_eq(coil_error_message(-COIL_EINVALIDSTATE), "generator raised StopIteration");
    return arg;
}

/* ---------------------------------------------------------------- closing ---- */

static COIL_ASYNC(deaf, (int, times))
{
    int err = 0;
    for (int i = 0; i <= times; i++)
        err = coil_generator_yield(&i, NULL);
    ended++;
    return err;
}

TEST_IN_THREAD(a_body_that_yields_while_it_is_closed_is_an_error_and_goes_on)
{
    int v;
    ended = 0;
    COIL_GENERATOR(g, deaf(2), sizeof v);
    ck_assert_int_eq(coil_generator_next(g, &v), 1);
    ck_assert_int_eq(coil_generator_close(g), -COIL_EINVALIDSTATE);
    ck_assert_str_eq(coil_error_message(-COIL_EINVALIDSTATE), "generator ignored GeneratorExit");
    ck_assert_int_eq(coil_generator_next(g, &v), 1);
    ck_assert_int_eq(v, 2);
    ck_assert_int_eq(coil_generator_close(g), 0);
    ck_assert_int_eq(ended, 1);
    return arg;
}

static COIL_ASYNC(closes_badly)
{
    int v = 1, err = coil_generator_yield(&v, NULL);
    return err == -COIL_EGENERATOREXIT ? coil_fail(-EIO, "in cleanup") : err;
}

TEST_IN_THREAD(closing_gives_the_body_s_error_or_the_value_that_it_returns)
{
    int v, sum = 0;
    COIL_GENERATOR(bad, closes_badly(), sizeof v);
    ck_assert_int_eq(coil_generator_next(bad, &v), 1);
    ck_assert_int_eq(coil_generator_close(bad), -EIO);
    ck_assert_str_eq(coil_error_message(-EIO), "in cleanup");
    ck_assert_int_eq(coil_generator_close(bad), 0);
    COIL_GENERATOR(fresh, count_to(3, &sum), sizeof v);
    ended = 0;
    ck_assert_int_eq(coil_generator_close(fresh), 0); /* not one line of it runs */
    ck_assert_int_eq(ended, 0);
    ck_assert_int_eq(coil_generator_next(fresh, &v), -COIL_ESTOPITERATION);
    return arg;
}

/* ---------------------------------------------------------------- outside ---- */

TEST_IN_THREAD(a_yield_outside_of_a_generator_is_an_error)
{
    int v = 1, sum;
    ck_assert_int_eq(coil_generator_yield(&v, NULL), -COIL_EINVALIDSTATE);
    COIL_GENERATOR(g, count_to(1, &sum), sizeof v);
    ck_assert_int_eq(coil_generator_yield_from(g), -COIL_EINVALIDSTATE);
    ck_assert_int_eq(coil_generator_state(g), COIL_GENERATOR_CREATED);
    return arg;
}

static void *ask_from_a_thread(void *arg)
{
    int v;
    ck_assert_int_eq(coil_generator_next(arg, &v), -COIL_EWRONGTHREAD);
    ck_assert_int_eq(coil_generator_close(arg), -COIL_EWRONGTHREAD);
    coil_generator_free(arg);
    return NULL;
}

TEST_IN_THREAD(a_generator_of_another_thread_is_refused)
{
    int v, sum;
    COIL_GENERATOR(g, count_to(1, &sum), sizeof v);
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, ask_from_a_thread, g), 0);
    pthread_join(thread, NULL);
    ck_assert_int_eq(coil_generator_next(g, &v), 1);
    return arg;
}

/* ---------------------------------------------------------------- overflow ---- */

static COIL_ASYNC(dig, (int, depth))
{
    volatile char fill[1024];
    memset((char *)fill, depth, sizeof fill);
    return depth > 100000 ? fill[3] : dig(depth + 1) + fill[7];
}

static int begin_to_dig(void *arg)
{
    (void)arg;
    COIL_GENERATOR(g, dig(0), 0);
    return coil_generator_next(g, NULL);
}

static int overflow(void *in_a_loop)
{
    coil_ignore(in_a_loop ? coil_run(coil_apply(begin_to_dig, NULL)) : begin_to_dig(NULL));
    return 0;
}

START_TEST(a_body_that_overflows_its_stack_is_told_by_name)
{
    char text[4096];
    for (int in_a_loop = 0; in_a_loop < 2; in_a_loop++) {
        ck_assert_int_ne(in_child(overflow, in_a_loop ? text : NULL, text, sizeof text), 0);
        ck_assert_ptr_nonnull(strstr(text, "dig"));
        ck_assert_ptr_nonnull(strstr(text, "generators.c"));
    }
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("generators");
    tcase_add_test(t, a_generator_runs_only_between_requests_and_gives_its_value_at_its_end);
    tcase_add_test(t, a_value_for_one_that_has_not_started_is_refused_and_changes_nothing);
    tcase_add_test(t, null_and_call_objects_that_were_used_say_so);
    tcase_add_test(t, an_error_that_is_none_can_not_be_thrown);
    tcase_add_test(t, a_generator_that_runs_can_not_be_asked_by_its_own_body);
    tcase_add_test(t, a_body_that_frees_its_generator_is_closed_at_its_next_yield);
    tcase_add_test(t, a_body_s_own_error_comes_out_once_and_its_stop_signal_is_none);
    tcase_add_test(t, a_body_that_yields_while_it_is_closed_is_an_error_and_goes_on);
    tcase_add_test(t, closing_gives_the_body_s_error_or_the_value_that_it_returns);
    tcase_add_test(t, a_yield_outside_of_a_generator_is_an_error);
    tcase_add_test(t, a_generator_of_another_thread_is_refused);
    tcase_add_test(t, a_body_that_overflows_its_stack_is_told_by_name);
    return test_main("generators", t);
}

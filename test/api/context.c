/* Context variables: who sees what is set, tokens, owned values. */
#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "coil.h"
#include "context.h"
#include "harness.h"

/* ---------------------------------------------------------------- variables and tokens ---- */

static COIL_ASYNC(variables)
{
    void *value = &value;
    ck_assert_ptr_null(coil_context_var_get(&plain));
    ck_assert_int_eq(coil_context_var_lookup(&plain, &value), -ENOENT);
    ck_assert_ptr_eq(value, &value);
    ck_assert_str_eq(coil_context_var_get(&other), "default");
    ck_assert_str_eq(coil_context_var_get_or(&other, "fallback"), "fallback");
    ck_assert_int_eq(coil_context_var_lookup(&other, &value), 0);
    ck_assert_str_eq(value, "default");
    ck_assert_int_eq(coil_context_var_set(&other, NULL), 0);
    ck_assert_ptr_null(coil_context_var_get(&other));
    ck_assert_ptr_null(coil_context_var_get_or(&other, "fallback"));

    coil_context_token first, second, foreign;
    ck_assert_int_eq(coil_context_var_set_token(&plain, "1", &first), 0);
    ck_assert_int_eq(coil_context_var_set_token(&plain, "2", &second), 0);
    ck_assert_int_eq(coil_context_var_reset(&other, &second), -EINVAL);
    ck_assert_int_eq(coil_context_var_reset(&plain, &second), 0);
    ck_assert_str_eq(coil_context_var_get(&plain), "1");
    ck_assert_int_eq(coil_context_var_reset(&plain, &second), -COIL_EINVALIDSTATE);
    ck_assert_int_eq(coil_context_var_reset(&plain, &first), 0);
    ck_assert_int_eq(coil_context_var_lookup(&plain, &value), -ENOENT);
    coil_context_token_drop(&first); /* used: nothing happens */

    coil_context *context = coil_context_copy();
    ck_assert_int_eq(coil_context_var_set_token(&plain, "3", &foreign), 0);
    coil_context_token copy = foreign;
    ck_assert_int_eq(coil_context_size(context), 1);
    coil_context_unref(context);
    ck_assert_int_eq(coil_context_var_reset(&plain, &copy), 0);
    return 0;
}

START_TEST(a_token_puts_back_what_was_and_only_once)
{
    ck_assert_int_eq(coil_run(variables()), 0);
}
END_TEST

static COIL_ASYNC(resets_of_another, (coil_context_token *, token))
{
    return coil_context_var_reset(&plain, token);
}

static COIL_ASYNC(foreign_token)
{
    coil_context_token token;
    int err = coil_context_var_set_token(&plain, "mine", &token);
    ck_assert_int_eq(err, 0);
    err = coil_await(coil_create_task(resets_of_another(&token)));
    ck_assert_int_eq(err, -EINVAL);
    ck_assert_str_eq(coil_context_var_get(&plain), "mine");
    coil_context_token_drop(&token);
    ck_assert_int_eq(coil_context_var_reset(&plain, &token), -COIL_EINVALIDSTATE);
    return 0;
}

START_TEST(a_token_of_another_context_is_refused)
{
    ck_assert_int_eq(coil_run(foreign_token()), 0);
}
END_TEST

/* ---------------------------------------------------------------- owned values ---- */

static COIL_ASYNC(holds)
{
    int err = coil_sleep(0.001);
    ck_assert_ptr_nonnull(coil_context_var_get(&owned));
    return err;
}

static COIL_ASYNC(owns)
{
    coil_context_token token;
    ck_assert_int_eq(coil_context_var_set(&owned, "1"), 0);
    coil_task *t = coil_create_task(holds());
    ck_assert_int_eq(coil_context_var_set_token(&owned, "2", &token), 0);
    ck_assert_int_eq(destroyed, 0); /* the task and the token have the first */
    int err = coil_await(t);
    ck_assert_int_eq(destroyed, 0); /* the token has it */
    ck_assert_int_eq(coil_context_var_reset(&owned, &token), 0);
    ck_assert_int_eq(destroyed, 1); /* the second */
    ck_assert_str_eq(coil_context_var_get(&owned), "1");
    return err;
}

START_TEST(an_owned_value_is_destroyed_once_when_its_last_context_goes)
{
    destroyed = 0;
    ck_assert_int_eq(coil_run(owns()), 0);
    ck_assert_int_eq(destroyed, 2);
}
END_TEST

/* ---------------------------------------------------------------- who sees what ---- */

static int see_future(coil_future *f, void *arg)
{
    (void)f;
    return see(arg);
}

static int see_readable(void *arg)
{
    coil_remove_reader(*(int *)arg);
    return see(NULL);
}

static void *posts(void *loop)
{
    ck_assert_int_eq(coil_context_var_set(&plain, "of the thread"), 0);
    ck_assert_int_eq(coil_call_soon_threadsafe(loop, see, NULL), 0);
    return NULL;
}

static COIL_ASYNC(callbacks)
{
    int fds[2];
    pthread_t thread;
    ck_assert_int_eq(pipe(fds), 0);
    ck_assert_int_eq(write(fds[1], "x", 1), 1);
    coil_future *f = coil_future_new();
    coil_task *t = coil_create_task(coil_sleep(0));
    coil_call_soon(see, NULL); /* nothing is set yet */
    ck_assert_int_eq(coil_context_var_set(&plain, "A"), 0);
    coil_call_soon(see, NULL);
    coil_call_later(0.001, see, NULL);
    ck_assert_int_eq(coil_future_add_done_callback(f, see_future, NULL), 0);
    ck_assert_int_eq(coil_task_add_done_callback(t, see_task, NULL), 0);
    ck_assert_int_eq(coil_add_reader(fds[0], see_readable, &fds[0]), 0);
    ck_assert_int_eq(coil_add_signal_handler(SIGUSR1, see, NULL), 0);
    ck_assert_int_eq(coil_context_var_set(&plain, "B"), 0);
    coil_future_set_result(f, NULL);
    raise(SIGUSR1);
    int err = coil_await(t);
    for (int i = 0; i < 100 && n_seen < 7 && err >= 0; i++)
        err = coil_sleep(0.001);
    ck_assert_int_eq(n_seen, 7);
    ck_assert_str_eq(seen[0], "none");
    for (int i = 1; i < 7; i++)
        ck_assert_str_eq(seen[i], "A");
    ck_assert_int_eq(pthread_create(&thread, NULL, posts, coil_loop_running()), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    while (n_seen < 8 && err >= 0)
        err = coil_sleep(0);
    ck_assert_str_eq(seen[7], "of the thread");
    ck_assert_str_eq(coil_context_var_get(&plain), "B");
    ck_assert_int_eq(coil_remove_signal_handler(SIGUSR1), 1);
    coil_future_unref(f);
    close(fds[0]);
    close(fds[1]);
    return err;
}

START_TEST(a_callback_runs_in_a_copy_of_the_context_that_registered_it)
{
    n_seen = 0;
    ck_assert_int_eq(coil_run(callbacks()), 0);
}
END_TEST

static int get_from_a_thread(void *ret_value)
{
    *(const char **)ret_value = coil_context_var_get(&plain);
    return 0;
}

static COIL_ASYNC(inheritance)
{
    const char *got = NULL;
    int err = sets("1"); /* a plain call shares the context */
    ck_assert_str_eq(coil_context_var_get(&plain), "1");
    if (err >= 0)
        err = coil_gather(sets("2"), gets(&got));
    ck_assert_str_eq(got, "1");
    if (err >= 0)
        err = coil_wait_for(sets("3"), 1); /* as in 3.12: in the same task */
    ck_assert_str_eq(coil_context_var_get(&plain), "3");
    int group = err;
    COIL_TASK_GROUP(g, group)
    {
        coil_group_create_task(g, sets("4"));
        coil_group_create_task(g, gets(&got));
    }
    ck_assert_int_ge(group, 0);
    ck_assert_str_eq(got, "3");
    if (err >= 0)
        err = coil_to_thread(coil_apply(get_from_a_thread, &got));
    ck_assert_str_eq(got, "3");
    if (err >= 0)
        err = coil_to_thread(coil_apply(set_from_a_thread, "5"));
    ck_assert_str_eq(coil_context_var_get(&plain), "3");
    coil_future *f = coil_run_in_executor(NULL, coil_apply(get_from_a_thread, &got));
    if (err >= 0)
        err = coil_future_await(f, NULL);
    coil_future_unref(f);
    ck_assert_ptr_null(got);
    return err;
}

START_TEST(a_task_has_a_copy_a_call_shares_and_a_thread_gets_a_copy)
{
    ck_assert_int_eq(coil_run(inheritance()), 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("context");
    tcase_add_test(t, a_token_puts_back_what_was_and_only_once);
    tcase_add_test(t, a_token_of_another_context_is_refused);
    tcase_add_test(t, an_owned_value_is_destroyed_once_when_its_last_context_goes);
    tcase_add_test(t, a_callback_runs_in_a_copy_of_the_context_that_registered_it);
    tcase_add_test(t, a_task_has_a_copy_a_call_shares_and_a_thread_gets_a_copy);
    return test_main("context", t);
}

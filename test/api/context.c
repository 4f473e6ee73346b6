/* Context variables: who sees what is set, tokens, contexts as objects, owned values. */
#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"

static coil_context_var plain = COIL_CONTEXT_VAR("plain");
static coil_context_var other = COIL_CONTEXT_VAR_DEFAULT("other", "default");

static int destroyed;

static void destroy(void *value)
{
    (void)value;
    destroyed++;
}

static coil_context_var owned = COIL_CONTEXT_VAR_OWNED("owned", destroy);

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

static const char *seen[16];
static int n_seen;

static int see(void *arg)
{
    (void)arg;
    const char *value = coil_context_var_get(&plain);
    seen[n_seen++] = value ? value : "none";
    ck_assert_int_eq(coil_context_var_set(&plain, "of the callback"), 0);
    return 0;
}

static int see_future(coil_future *f, void *arg)
{
    (void)f;
    return see(arg);
}

static int see_task(coil_task *t, void *arg)
{
    (void)t;
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

static COIL_ASYNC(sets, (const char *, value))
{
    int err = coil_sleep(0);
    return err < 0 ? err : coil_context_var_set(&plain, (void *)(uintptr_t)value);
}

static COIL_ASYNC(gets, (const char *, ret_value, out))
{
    int err = coil_sleep(0);
    *ret_value = coil_context_var_get(&plain);
    return err;
}

static int set_from_a_thread(void *value)
{
    return coil_context_var_set(&plain, value);
}

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

/* ---------------------------------------------------------------- contexts as objects ---- */

static int count(const coil_context_var *var, void *value, void *arg)
{
    ck_assert(var == &plain || var == &other);
    ck_assert_ptr_nonnull(value);
    ++*(int *)arg;
    return 0;
}

static COIL_ASYNC(enters_again, (coil_context *, context))
{
    return coil_context_run(context, coil_sleep(0));
}

static COIL_ASYNC(objects)
{
    int n = 0;
    void *value;
    const char *got = NULL;
    coil_context *context = coil_context_new();
    ck_assert_int_eq(coil_context_get(context, &plain, &value), -ENOENT);
    int err = coil_context_run(context, sets("inside"));
    ck_assert_ptr_null(coil_context_var_get(&plain));
    ck_assert_int_eq(coil_context_get(context, &plain, &value), 0);
    ck_assert_str_eq(value, "inside");
    if (err >= 0)
        err = coil_context_run(context, gets(&got));
    ck_assert_str_eq(got, "inside");
    coil_context *copy = coil_context_copy_of(context);
    coil_task *t = coil_create_task_in_context(context, sets("by a task"));
    if (err >= 0)
        err = coil_await(t);
    ck_assert_int_eq(coil_context_get(context, &plain, &value), 0);
    ck_assert_str_eq(value, "by a task");
    ck_assert_int_eq(coil_context_get(copy, &plain, &value), 0);
    ck_assert_str_eq(value, "inside");
    ck_assert_int_eq(coil_context_run(context, coil_apply(set_from_a_thread, "applied")), 0);
    ck_assert_int_eq(coil_context_each(context, count, &n), 0);
    ck_assert_int_eq(n, 1);
    /* entered: by the caller itself, and by another task that is suspended in it */
    ck_assert_int_eq(coil_context_run(context, enters_again(context)), -COIL_EINVALIDSTATE);
    t = coil_create_task(enters_again(context));
    if (err >= 0)
        err = coil_yield_now();
    ck_assert_int_eq(coil_context_run(context, coil_sleep(0)), -COIL_EINVALIDSTATE);
    if (err >= 0)
        err = coil_await(t);
    /* as a call object */
    got = NULL;
    t = coil_create_task(coil_context_run(context, gets(&got)));
    if (err >= 0)
        err = coil_await(t);
    ck_assert_str_eq(got, "applied");
    got = NULL;
    if (err >= 0)
        err = coil_wait_for(coil_context_run(copy, gets(&got)), 1);
    ck_assert_str_eq(got, "inside");
    ck_assert_int_eq(coil_wait_for(coil_context_run(copy, coil_sleep(5)), 0.001), -ETIMEDOUT);
    ck_assert_int_eq(coil_context_run(NULL, coil_sleep(0)), -EINVAL);
    coil_context *mine = coil_task_context(coil_current_task());
    ck_assert_int_eq(coil_context_run(mine, coil_sleep(0)), -COIL_EINVALIDSTATE);
    coil_context_unref(mine);
    coil_context_unref(copy);
    coil_context_unref(context);
    return err;
}

START_TEST(a_context_keeps_what_calls_and_tasks_in_it_set)
{
    ck_assert_int_eq(coil_run(objects()), 0);
}
END_TEST

static COIL_ASYNC(explicit_ones)
{
    coil_context *context = coil_context_new();
    n_seen = 0;
    ck_assert_int_eq(coil_context_var_set(&plain, "mine"), 0);
    coil_call_soon_in_context(context, see, NULL);
    coil_call_later_in_context(context, 0, see, NULL);
    coil_call_at_in_context(context, 0, see, NULL);
    int err = coil_sleep(0.001);
    ck_assert_int_eq(coil_call_soon_threadsafe_in_context(coil_loop_running(), context, see, NULL),
                     0);
    coil_task *t = coil_create_task(coil_sleep(0));
    ck_assert_int_eq(coil_task_add_done_callback_in_context(t, context, see_task, NULL), 0);
    if (err >= 0)
        err = coil_await(t);
    if (err >= 0)
        err = coil_sleep(0.001);
    ck_assert_int_eq(n_seen, 5);
    ck_assert_str_eq(seen[0], "none");
    for (int i = 1; i < 5; i++)
        ck_assert_str_eq(seen[i], "of the callback");
    ck_assert_str_eq(coil_context_var_get(&plain), "mine");
    COIL_TASK_GROUP(g, err)
    {
        coil_group_create_task_in_context(g, context, sets("of the group"));
    }
    void *value;
    ck_assert_int_eq(coil_context_get(context, &plain, &value), 0);
    ck_assert_str_eq(value, "of the group");
    coil_context_unref(context);
    return err;
}

START_TEST(callbacks_and_group_tasks_run_in_the_context_they_are_given)
{
    ck_assert_int_eq(coil_run(explicit_ones()), 0);
}
END_TEST

START_TEST(a_runner_has_one_context_for_all_its_runs)
{
    coil_runner *runner;
    const char *got;
    coil_context *context = coil_context_new();
    void *value;
    ck_assert_int_eq(coil_runner_new(NULL, &runner), 0);
    ck_assert_int_eq(coil_runner_run(runner, sets("first run")), 0);
    ck_assert_int_eq(coil_runner_run(runner, gets(&got)), 0);
    ck_assert_str_eq(got, "first run");
    ck_assert_int_eq(coil_runner_run_in_context(runner, context, sets("elsewhere")), 0);
    ck_assert_int_eq(coil_context_get(context, &plain, &value), 0);
    ck_assert_str_eq(value, "elsewhere");
    ck_assert_int_eq(coil_runner_run(runner, gets(&got)), 0);
    ck_assert_str_eq(got, "first run");
    coil_runner_free(runner);
    coil_context_unref(context);
    ck_assert_ptr_null(coil_context_var_get(&plain));
}
END_TEST

/* ---------------------------------------------------------------- threads, and the end ---- */

static void *outside_of_loops(void *arg)
{
    (void)arg;
    const char *got = NULL;
    ck_assert_int_eq(coil_context_var_set(&plain, "of the thread"), 0);
    ck_assert_int_eq(coil_context_var_set(&owned, "too"), 0);
    ck_assert_int_eq(coil_run(gets(&got)), 0); /* the main task begins with a copy */
    ck_assert_str_eq(got, "of the thread");
    ck_assert_int_eq(coil_run(sets("of the run")), 0);
    ck_assert_str_eq(coil_context_var_get(&plain), "of the thread");
    coil_context *context = coil_context_new();
    ck_assert_int_eq(coil_context_run(context, coil_apply(set_from_a_thread, "in it")), 0);
    coil_context_unref(context);
    return NULL;
}

START_TEST(a_thread_has_a_context_of_its_own_until_it_ends)
{
    pthread_t thread;
    destroyed = 0;
    ck_assert_int_eq(pthread_create(&thread, NULL, outside_of_loops, NULL), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_ptr_null(coil_context_var_get(&plain));
    ck_assert_int_eq(destroyed, 1);
}
END_TEST

static coil_context *left;

static int leave(void *arg)
{
    ck_assert_int_eq(coil_context_var_set(&owned, "left"), 0);
    coil_call_later(60, see, NULL);
    coil_spawn(coil_context_run(left, coil_sleep(60)));
    coil_spawn(coil_context_run(left, coil_sleep(60))); /* refused: it is entered already */
    coil_loop_stop(arg);
    return 0;
}

START_TEST(a_loop_that_closes_gives_back_the_contexts_of_what_never_ran)
{
    coil_loop *loop;
    destroyed = 0;
    left = coil_context_new();
    ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
    coil_loop_set_exception_handler(loop, test_say_nothing, NULL);
    ck_assert_ptr_nonnull(coil_loop_call_soon(loop, leave, loop));
    ck_assert_int_ge(coil_loop_run_once(loop, 0), 0);
    ck_assert_int_ge(coil_loop_run_once(loop, 0), 0);
    ck_assert_int_eq(coil_loop_close(loop), 0);
    ck_assert_int_eq(destroyed, 1);
    ck_assert_int_eq(coil_context_run(left, coil_apply(set_from_a_thread, "free again")), 0);
    coil_context_unref(left);
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
    tcase_add_test(t, a_context_keeps_what_calls_and_tasks_in_it_set);
    tcase_add_test(t, callbacks_and_group_tasks_run_in_the_context_they_are_given);
    tcase_add_test(t, a_runner_has_one_context_for_all_its_runs);
    tcase_add_test(t, a_thread_has_a_context_of_its_own_until_it_ends);
    tcase_add_test(t, a_loop_that_closes_gives_back_the_contexts_of_what_never_ran);
    return test_main("context", t);
}

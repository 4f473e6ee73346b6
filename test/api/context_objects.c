/* Contexts as objects: calls, tasks and callbacks that run in one; the context of a thread; and what a loop leaves when it closes. */
#include <check.h>
#include <pthread.h>

#include "coil.h"
#include "context.h"
#include "harness.h"

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
    TCase *t = tcase_create("context_objects");
    tcase_add_test(t, a_context_keeps_what_calls_and_tasks_in_it_set);
    tcase_add_test(t, callbacks_and_group_tasks_run_in_the_context_they_are_given);
    tcase_add_test(t, a_runner_has_one_context_for_all_its_runs);
    tcase_add_test(t, a_thread_has_a_context_of_its_own_until_it_ends);
    tcase_add_test(t, a_loop_that_closes_gives_back_the_contexts_of_what_never_ran);
    return test_main("context_objects", t);
}

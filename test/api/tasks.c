/* Tasks from outside: handles, misuse, outputs, errors. What asyncio prescribes is in conformance/; here is what C adds. */
#include <check.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"

COIL_ASYNC(give, (int, n), (int, ret, out))
{
    int err = coil_yield_now();
    if (err < 0)
        return err;
    *ret = n;
    return n < 0 ? coil_fail(-EDOM, "negative: %d", n) : n;
}

COIL_ASYNC(outputs)
{
    int a = -7, b = -7;
    coil_task *t = coil_create_task(give(5, &a));
    coil_task *u = coil_create_task(give(-5, &b));
    ck_assert_int_eq(coil_yield_now(), 0);
    ck_assert_int_eq(coil_yield_now(), 0);
    ck_assert_int_eq(coil_task_done(t), 1);
    ck_assert_int_eq(a, -7); /* nothing lands before the join */
    ck_assert_int_eq(coil_await(t), 5);
    ck_assert_int_eq(a, 5);
    ck_assert_int_eq(coil_await(u), -EDOM);
    ck_assert_int_eq(b, -7);
    ck_assert_str_eq(coil_error_message(-EDOM), "negative: -5");
    ck_assert_ptr_nonnull(strstr(coil_error_get(-EDOM)->file, "tasks.c"));
    ck_assert_int_eq(coil_await(coil_create_task(give(3, NULL))), 3);
    return 0;
}
START_TEST(outputs_land_when_a_call_is_joined_and_only_on_success)
{
    ck_assert_int_eq(coil_run(outputs()), 0);
}
END_TEST

COIL_ASYNC(handles)
{
    coil_task *t = coil_create_task(give(1, NULL));
    coil_task *kept = coil_task_ref(t);
    ck_assert_int_eq(coil_await(t), 1);
    ck_assert_int_eq(coil_await(t), 1); /* the reference keeps it awaitable */
    coil_task_unref(kept);
    ck_assert_int_eq(coil_await(t), -COIL_ESTALE);
    ck_assert_int_eq(coil_task_cancel(t), -COIL_ESTALE);
    ck_assert_int_eq(coil_task_status(t), -COIL_ESTALE);
    ck_assert_str_eq(coil_task_name(t), "(stale task)");
    coil_task_unref(t);
    coil_task *other = coil_create_task(give(2, NULL)); /* the same slot, another generation */
    ck_assert_int_eq(coil_task_done(t), -COIL_ESTALE);
    ck_assert_int_eq(coil_await(other), 2);
    ck_assert_int_eq(coil_await(NULL), -EINVAL);
    ck_assert_int_eq(coil_await(coil_current_task()), -COIL_ESELFAWAIT);
    coil_handle *h = coil_call_soon(NULL, NULL);
    ck_assert_ptr_null(h);
    ck_assert_int_eq(coil_handle_cancel(NULL), -EINVAL);
    return 0;
}
START_TEST(a_stale_handle_is_an_error_and_never_a_crash)
{
    ck_assert_int_eq(coil_run(handles()), 0);
}
END_TEST

COIL_ASYNC(times)
{
    ck_assert_int_eq(coil_sleep(NAN), -EINVAL);
    ck_assert_int_eq(coil_sleep(-1), 0);
    ck_assert_int_eq(coil_wait_for(coil_sleep(0), NAN), -EINVAL);
    ck_assert_int_eq(coil_wait_for(coil_sleep(0), -1), -ETIMEDOUT);
    ck_assert_ptr_null(coil_call_later(NAN, NULL, NULL));
    coil_timeout limit;
    ck_assert_int_eq(coil_timeout_enter(&limit, NAN), -EINVAL);
    int n;
    coil_task *t = coil_create_task(give(1, NULL));
    ck_assert_int_eq(coil_wait(&t, 1, COIL_ALL_COMPLETED, NAN, &n), -EINVAL);
    ck_assert_int_eq(coil_wait(&t, 0, COIL_ALL_COMPLETED, 1, &n), -EINVAL);
    ck_assert_int_eq(coil_wait(&t, 1, 99, 1, &n), -EINVAL);
    return coil_await(t) == 1 ? 0 : -1;
}
START_TEST(a_time_that_is_not_a_number_is_refused_and_a_negative_one_means_now)
{
    ck_assert_int_eq(coil_run(times()), 0);
}
END_TEST

static coil_task *foreign;
static void *other_thread(void *arg)
{
    (void)arg;
    ck_assert_int_eq(coil_task_cancel(foreign), -COIL_ENOLOOP);
    ck_assert_int_eq(coil_sleep(0), -COIL_ENOLOOP);
    ck_assert_ptr_null(coil_create_task(give(1, NULL)));
    coil_loop *loop;
    ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
    ck_assert_int_eq(coil_loop_close(loop), 0);
    return NULL;
}
COIL_ASYNC(wrong_thread)
{
    foreign = coil_current_task();
    pthread_t thread;
    pthread_create(&thread, NULL, other_thread, NULL);
    pthread_join(thread, NULL);
    return coil_task_cancelling(foreign);
}
START_TEST(a_task_of_another_thread_is_recognised_without_touching_it)
{
    ck_assert_int_eq(coil_run(wrong_thread()), 0);
}
END_TEST

START_TEST(outside_of_a_loop_every_call_says_so)
{
    ck_assert_int_eq(coil_sleep(1), -COIL_ENOLOOP);
    ck_assert_int_eq(coil_await((coil_task *)(uintptr_t)12345), -COIL_ENOLOOP);
    ck_assert_ptr_null(coil_future_new());
    ck_assert_ptr_null(coil_current_task());
    ck_assert_int_eq(coil_all_tasks(NULL, 0), -COIL_ENOLOOP);
    ck_assert_int_eq(coil_spawn(give(1, NULL)), -COIL_ENOLOOP);
}
END_TEST

COIL_ASYNC(twice)
{
    coil_call c = COIL_CALL(give(4, NULL)), copy = c;
    ck_assert_int_eq(coil_perform(c), 4);
    ck_assert_int_eq(coil_perform(copy), -COIL_ECALLUSED);
    coil_call same[2] = {COIL_CALL(give(1, NULL)), COIL_CALL(give(2, NULL))};
    ck_assert_int_eq(coil_gather_n(same, 2, NULL), 0);
    ck_assert_int_eq(coil_gather_n(same, 2, NULL), -COIL_ECALLUSED);
    return 0;
}
START_TEST(a_call_object_is_used_once_whoever_holds_a_copy)
{
    ck_assert_int_eq(coil_run(twice()), 0);
}
END_TEST

COIL_ASYNC(recurse, (int, depth))
{
    volatile char fill[1024];
    memset((char *)fill, depth, sizeof fill);
    return depth > 100000 ? fill[3] : recurse(depth + 1) + fill[7];
}
START_TEST(a_stack_overflow_is_reported_with_the_tasks_name_and_kills_by_sigsegv)
{
    int report[2];
    ck_assert_int_eq(pipe(report), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(report[1], STDERR_FILENO);
        coil_ignore(coil_run(recurse(0)));
        _exit(0);
    }
    close(report[1]);
    char text[4096] = "";
    size_t have = 0;
    ssize_t n;
    while ((n = read(report[0], text + have, sizeof text - 1 - have)) > 0)
        have += (size_t)n;
    close(report[0]);
    int status;
    waitpid(child, &status, 0);
    ck_assert_ptr_nonnull(strstr(text, "stack overflow in task recurse"));
    ck_assert_ptr_nonnull(strstr(text, "256 KiB"));
#ifndef __SANITIZE_ADDRESS__
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
#endif
}
END_TEST

COIL_ASYNC(sleeper)
{
    return coil_sleep(3600);
}
COIL_ASYNC(leaves_them)
{
    for (int i = 0; i < 100; i++)
        if (coil_spawn(sleeper()) < 0)
            return -1;
    return coil_yield_now();
}
START_TEST(what_main_leaves_behind_is_cancelled_and_given_back)
{
    ck_assert_int_eq(coil_run(leaves_them()), 0);
}
END_TEST

static int pending_reports;
static int count_reports(coil_loop *loop, const coil_exception_context *c, void *arg)
{
    (void)loop;
    (void)arg;
    pending_reports += strstr(c->message, "destroyed but it is pending") != NULL;
    return 0;
}
START_TEST(a_loop_closed_with_tasks_in_it_reports_and_frees_them)
{
    coil_loop *loop;
    ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
    coil_loop_set_exception_handler(loop, count_reports, NULL);
    ck_assert_int_eq(coil_loop_run_until_complete(loop, leaves_them()), 0);
    pending_reports = 0;
    ck_assert_int_eq(coil_loop_close(loop), 0);
    ck_assert_int_eq(pending_reports, 100);
}
END_TEST

COIL_ASYNC(hours)
{
    double before = coil_time();
    int err = coil_gather(coil_sleep(3600), coil_sleep(7200));
    ck_assert(coil_time() - before > 7199.999);
    return err;
}
START_TEST(on_the_virtual_clock_hours_pass_at_once)
{
    coil_loop_options options = {.virtual_clock = 1};
    ck_assert_int_eq(coil_run_with(hours(), &options), 0);
}
END_TEST

static COIL_ASYNC(awaits, (coil_task *, t))
{
    return coil_await(t);
}

static COIL_ASYNC(gives_back_what_another_awaits)
{
    int err = 0;
    for (int kept = 0; kept < 3 && err >= 0; kept++) {
        coil_task *t = coil_create_task(coil_sleep(0.001));
        coil_task *other = coil_create_task(awaits(t));
        err = coil_yield_now(); /* now it awaits */
        for (int i = 0; i < kept; i++)
            ck_assert_ptr_eq(coil_task_ref(t), t);
        for (int i = 0; i <= kept; i++)
            coil_task_unref(t);
        coil_task_unref(t); /* one too many does no harm while somebody awaits */
        ck_assert_int_eq(coil_task_done(t), 0);
        if (err >= 0)
            err = coil_await(other);
        ck_assert_int_eq(coil_task_done(t), -COIL_ESTALE);
    }
    return err;
}

START_TEST(a_handle_can_be_given_back_while_another_task_awaits)
{
    ck_assert_int_eq(coil_run(gives_back_what_another_awaits()), 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("tasks");
    tcase_add_test(t, outputs_land_when_a_call_is_joined_and_only_on_success);
    tcase_add_test(t, a_stale_handle_is_an_error_and_never_a_crash);
    tcase_add_test(t, a_time_that_is_not_a_number_is_refused_and_a_negative_one_means_now);
    tcase_add_test(t, a_task_of_another_thread_is_recognised_without_touching_it);
    tcase_add_test(t, outside_of_a_loop_every_call_says_so);
    tcase_add_test(t, a_call_object_is_used_once_whoever_holds_a_copy);
    tcase_add_test(t, a_stack_overflow_is_reported_with_the_tasks_name_and_kills_by_sigsegv);
    tcase_add_test(t, what_main_leaves_behind_is_cancelled_and_given_back);
    tcase_add_test(t, a_loop_closed_with_tasks_in_it_reports_and_frees_them);
    tcase_add_test(t, on_the_virtual_clock_hours_pass_at_once);
    tcase_add_test(t, a_handle_can_be_given_back_while_another_task_awaits);
    return test_main("tasks", t);
}

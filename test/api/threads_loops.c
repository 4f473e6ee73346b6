/* Several loops, each in its thread: their calls are one group, which fails, is cancelled, is interrupted and ends as one. */
#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"
#include "in_thread.h"
#include "threads_loops.h"

enum { MANY = 4 };

/* ---------------------------------------------------------------- n threads ---- */

static atomic_ulong threads_seen[MANY];

static COIL_ASYNC(be_there, (int, n))
{
    int i = coil_thread_index();
    ck_assert_int_eq(coil_thread_count(), n);
    ck_assert(i >= 0 && i < n);
    ck_assert_ptr_eq(coil_thread_loop(i), coil_loop_running());
    for (int k = 0; k < n; k++)
        ck_assert_int_eq(coil_loop_is_closed(coil_thread_loop(k)), 0);
    ck_assert_ptr_null(coil_thread_loop(n));
    ck_assert_ptr_null(coil_thread_loop(-1));
    atomic_store(&threads_seen[i], (unsigned long)pthread_self());
    atomic_fetch_add(&begun, 1);
    while (atomic_load(&begun) < n) /* all of them run at the same time */
        if (coil_sleep(0.0005) < 0)
            return -1;
    atomic_fetch_add(&ended, 1);
    return 0;
}

START_TEST(each_call_runs_in_a_loop_and_a_thread_of_its_own)
{
    atomic_store(&begun, 0);
    atomic_store(&ended, 0);
    ck_assert_int_eq(coil_run_threads(MANY, be_there(MANY)), 0);
    ck_assert_int_eq(atomic_load(&ended), MANY);
    ck_assert(threads_seen[0] == (unsigned long)pthread_self());
    for (int i = 0; i < MANY; i++)
        for (int k = 0; k < i; k++)
            ck_assert(threads_seen[i] != threads_seen[k]);
    ck_assert_int_eq(coil_thread_index(), -1);
    ck_assert_int_eq(coil_thread_count(), 0);
    ck_assert_ptr_null(coil_thread_loop(0));
    ck_assert_ptr_null(coil_loop_running());
}
END_TEST

static COIL_ASYNC(tell_index, (int, ret, out))
{
    int err = coil_sleep(0.0005 * (MANY - coil_thread_index()));
    *ret = coil_thread_index();
    return err < 0 ? err : 10 + *ret;
}

START_TEST(results_land_in_order_of_the_threads)
{
    int results[MANY] = {-1, -1, -1, -1}, statuses[MANY], one = -1;
    coil_call calls[MANY];
    for (int i = 0; i < MANY; i++)
        calls[i] = COIL_CALL(tell_index(&results[i]));
    ck_assert_int_eq(coil_run_threads_n(calls, MANY, NULL, statuses), 0);
    for (int i = 0; i < MANY; i++) {
        ck_assert_int_eq(results[i], i);
        ck_assert_int_eq(statuses[i], 10 + i);
    }
    ck_assert_int_eq(coil_run_threads(MANY, tell_index(&one)), 0);
    ck_assert_int_eq(one, MANY - 1);
    ck_assert_int_eq(coil_run_threads(1, tell_index(&one)), 0);
    ck_assert_int_eq(one, 0);
}
END_TEST

START_TEST(no_number_means_one_thread_for_each_cpu)
{
    atomic_store(&begun, 0);
    ck_assert_int_eq(coil_run_threads(0, count_threads()), 0);
    ck_assert_int_ge(atomic_load(&begun), 1);
    ck_assert_int_le(atomic_load(&begun), sysconf(_SC_NPROCESSORS_ONLN));
}
END_TEST

/* ---------------------------------------------------------------- failures ---- */

static atomic_int cancelled;

static COIL_ASYNC(fail_at, (int, index))
{
    atomic_fetch_add(&begun, 1);
    if (coil_thread_index() == index) {
        int err = 0;
        while (atomic_load(&begun) < MANY && err >= 0) /* one that has not begun would only end */
            err = coil_sleep(0.0005);
        return err < 0 ? err : coil_fail(-EPROTO, "thread %d has had enough", index);
    }
    int err = coil_sleep(3600);
    if (err == -ECANCELED) {
        coil_ignore(coil_yield_now()); /* cleaning up may suspend */
        atomic_fetch_add(&cancelled, 1);
    }
    return err;
}

TEST_IN_THREAD(when_one_fails_the_others_are_cancelled_and_all_are_waited_for)
{
    for (int i = 0; i < MANY; i++) {
        atomic_store(&begun, 0);
        atomic_store(&cancelled, 0);
        int err = coil_run_threads(MANY, fail_at(i));
        ck_assert_int_eq(err, -EPROTO);
        ck_assert_ptr_nonnull(strstr(coil_error_message(err), "has had enough"));
        ck_assert_int_eq(atomic_load(&cancelled), MANY - 1);
    }
    return arg;
}

static COIL_ASYNC(all_fail)
{
    int i = coil_thread_index(), err = 0;
    atomic_fetch_add(&begun, 1);
    while (i == 0 && atomic_load(&begun) < 2 && err >= 0) /* one that has not begun only ends */
        err = coil_sleep(0.0005);
    if (i > 0)
        err = coil_sleep(3600);
    return err == 0 || err == -ECANCELED ? coil_fail(-EDOM - i, "number %d", i) : err;
}

TEST_IN_THREAD(all_errors_are_told_the_first_one_first)
{
    atomic_store(&begun, 0);
    int err = coil_run_threads(2, all_fail());
    ck_assert_int_eq(err, -EDOM);
    const coil_error *causes[3];
    ck_assert_int_eq(coil_error_causes(err, causes, 3), 2);
    ck_assert_int_eq(causes[0]->code, -EDOM);
    ck_assert_int_eq(causes[1]->code, -EDOM - 1);
    return arg;
}

static COIL_ASYNC(cancel_oneself)
{
    if (coil_thread_index() == 1) {
        coil_task_cancel(coil_current_task());
        return coil_sleep(3600);
    }
    return coil_sleep(0.003);
}

START_TEST(one_that_is_cancelled_alone_leaves_the_others_to_go_on)
{
    int statuses[2];
    coil_call calls[] = {COIL_CALL(cancel_oneself()), COIL_CALL(cancel_oneself())};
    ck_assert_int_eq(coil_run_threads_n(calls, 2, NULL, statuses), 0);
    ck_assert_int_eq(statuses[0], 0);
    ck_assert_int_eq(statuses[1], -ECANCELED);
}
END_TEST

static int no_third(void *arg, coil_loop **ret_loop)
{
    atomic_int *left = arg;
    return atomic_fetch_sub(left, 1) > 0 ? coil_loop_new(NULL, ret_loop)
                                         : coil_fail(-EMFILE, "no third one");
}

TEST_IN_THREAD(no_call_begins_when_a_loop_can_not_be_made)
{
    atomic_int left = 2;
    coil_loop_options options = {.factory = no_third, .factory_arg = &left};
    atomic_store(&begun, 0);
    int err = coil_run_threads_with(3, count_threads(), &options);
    ck_assert_int_eq(err, -EMFILE);
    ck_assert_str_eq(coil_error_message(err), "no third one");
    ck_assert_int_eq(atomic_load(&begun), 0);
    atomic_store(&left, 0);
    coil_call calls[] = {COIL_CALL(count_threads()), COIL_CALL(count_threads())};
    ck_assert_int_eq(coil_run_threads_n(calls, 2, &options, NULL), -EMFILE);
    ck_assert_int_eq(coil_run_threads_n(calls, 2, NULL, NULL), -COIL_ECALLUSED);
    ck_assert_int_eq(coil_run_threads(-1, count_threads()), -EINVAL);
    ck_assert_int_eq(coil_run_threads(256, count_threads()), -EINVAL);
    ck_assert_int_eq(coil_run_threads_n(NULL, 1, NULL, NULL), -EINVAL);
    ck_assert_int_eq(coil_run_threads_n(calls, 0, NULL, NULL), -EINVAL);
    ck_assert_int_eq(atomic_load(&begun), 0);
    return arg;
}

static COIL_ASYNC(run_inside)
{
    return coil_run_threads(2, count_threads());
}

TEST_IN_THREAD(inside_a_running_loop_it_is_refused)
{
    ck_assert_int_eq(coil_run(run_inside()), -COIL_ELOOPRUNNING);
    return arg;
}

/* ---------------------------------------------------------------- the end ---- */

static COIL_ASYNC(cleans_up_late)
{
    int err = coil_sleep(3600);
    coil_ignore(coil_sleep(0.001));
    atomic_fetch_add(&ended, 1);
    return err;
}

static COIL_ASYNC(leave_one_behind)
{
    int err = coil_spawn(cleans_up_late());
    return err < 0 ? err : coil_yield_now();
}

START_TEST(what_is_left_over_is_cancelled_and_awaited_when_all_have_ended)
{
    atomic_store(&ended, 0);
    ck_assert_int_eq(coil_run_threads(MANY, leave_one_behind()), 0);
    ck_assert_int_eq(atomic_load(&ended), MANY);
}
END_TEST

static COIL_ASYNC(wait_for_the_other)
{
    return coil_to_loop(coil_thread_loop(1 - coil_thread_index()), wait_there());
}

static COIL_ASYNC(leave_two_that_wait_for_each_other)
{
    int err = coil_spawn(wait_for_the_other());
    return err < 0 ? err : wait_for_begun(2);
}

START_TEST(leftovers_that_wait_for_another_loop_end_too)
{
    atomic_store(&begun, 0);
    atomic_store(&ended, 0);
    ck_assert_int_eq(coil_run_threads(2, leave_two_that_wait_for_each_other()), 0);
    ck_assert_int_eq(atomic_load(&ended), 2);
}
END_TEST

static COIL_ASYNC(interrupt_all)
{
    int err = 0;
    atomic_fetch_add(&begun, 1);
    while (coil_thread_index() == 1 && atomic_load(&begun) < MANY && err >= 0)
        err = coil_sleep(0.0005);
    if (coil_thread_index() == 1)
        kill(getpid(), SIGINT);
    err = coil_sleep(3600);
    atomic_fetch_add(&cancelled, err == -ECANCELED);
    return err;
}

static COIL_ASYNC(cancel_all_from, (int, index))
{
    int err = 0;
    atomic_fetch_add(&begun, 1);
    while (coil_thread_index() == index && atomic_load(&begun) < MANY && err >= 0)
        err = coil_sleep(0.0005);
    if (coil_thread_index() == index)
        ck_assert_int_eq(coil_cancel_threads(), 0);
    err = coil_sleep(3600);
    atomic_fetch_add(&cancelled, err == -ECANCELED);
    return index == 0 ? err : 0; /* also when all swallow it */
}

TEST_IN_THREAD(any_of_them_can_cancel_all)
{
    for (int i = 0; i < MANY; i++) {
        atomic_store(&begun, 0);
        atomic_store(&cancelled, 0);
        ck_assert_int_eq(coil_run_threads(MANY, cancel_all_from(i)), -ECANCELED);
        ck_assert_int_eq(atomic_load(&cancelled), MANY);
    }
    ck_assert_int_eq(coil_cancel_threads(), -COIL_EINVALIDSTATE);
    return arg;
}

/* In the main thread: only there it is taken. In a child, since the error's record stays with the thread. */
START_TEST(sigint_stops_all_of_them)
{
    pid_t pid = fork();
    if (pid == 0) {
        atomic_store(&begun, 0);
        atomic_store(&cancelled, 0);
        signal(SIGINT, SIG_DFL); /* Check has a handler of its own */
        int err = coil_run_threads(MANY, interrupt_all());
        _exit(err == -EINTR && atomic_load(&cancelled) == MANY ? 0 : 1);
    }
    int status = -1;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("several loops");
    tcase_add_test(t, each_call_runs_in_a_loop_and_a_thread_of_its_own);
    tcase_add_test(t, results_land_in_order_of_the_threads);
    tcase_add_test(t, no_number_means_one_thread_for_each_cpu);
    tcase_add_test(t, when_one_fails_the_others_are_cancelled_and_all_are_waited_for);
    tcase_add_test(t, all_errors_are_told_the_first_one_first);
    tcase_add_test(t, one_that_is_cancelled_alone_leaves_the_others_to_go_on);
    tcase_add_test(t, no_call_begins_when_a_loop_can_not_be_made);
    tcase_add_test(t, inside_a_running_loop_it_is_refused);
    tcase_add_test(t, what_is_left_over_is_cancelled_and_awaited_when_all_have_ended);
    tcase_add_test(t, leftovers_that_wait_for_another_loop_end_too);
    tcase_add_test(t, any_of_them_can_cancel_all);
    tcase_add_test(t, sigint_stops_all_of_them);
    return test_main("several loops", t);
}

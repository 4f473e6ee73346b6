/* Several loops, each in its thread: their calls are one group; calls go from one to another; nothing is used from the wrong thread. */
#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"

enum { MANY = 4 };

/* A failure leaves a record with its thread: so whatever may fail is tried in one of its own. */
static void *run_in_thread(void *arg)
{
    ((void (*)(void))(uintptr_t)arg)();
    return NULL;
}

static void in_thread(void (*fn)(void))
{
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, run_in_thread, (void *)(uintptr_t)fn), 0);
    pthread_join(thread, NULL);
}

/* ---------------------------------------------------------------- n threads ---- */

static atomic_int begun, ended;
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

static COIL_ASYNC(count_threads)
{
    atomic_fetch_add(&begun, 1);
    return 0;
}

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

static void fail_in_each(void)
{
    for (int i = 0; i < MANY; i++) {
        atomic_store(&begun, 0);
        atomic_store(&cancelled, 0);
        int err = coil_run_threads(MANY, fail_at(i));
        ck_assert_int_eq(err, -EPROTO);
        ck_assert_ptr_nonnull(strstr(coil_error_message(err), "has had enough"));
        ck_assert_int_eq(atomic_load(&cancelled), MANY - 1);
    }
}

START_TEST(when_one_fails_the_others_are_cancelled_and_all_are_waited_for)
{
    in_thread(fail_in_each);
}
END_TEST

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

static void fail_in_all(void)
{
    atomic_store(&begun, 0);
    int err = coil_run_threads(2, all_fail());
    ck_assert_int_eq(err, -EDOM);
    const coil_error *causes[3];
    ck_assert_int_eq(coil_error_causes(err, causes, 3), 2);
    ck_assert_int_eq(causes[0]->code, -EDOM);
    ck_assert_int_eq(causes[1]->code, -EDOM - 1);
}

START_TEST(all_errors_are_told_the_first_one_first)
{
    in_thread(fail_in_all);
}
END_TEST

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

static void fail_early(void)
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
}

START_TEST(no_call_begins_when_a_loop_can_not_be_made)
{
    in_thread(fail_early);
}
END_TEST

static COIL_ASYNC(run_inside)
{
    return coil_run_threads(2, count_threads());
}

static void run_in_a_loop(void)
{
    ck_assert_int_eq(coil_run(run_inside()), -COIL_ELOOPRUNNING);
}

START_TEST(inside_a_running_loop_it_is_refused)
{
    in_thread(run_in_a_loop);
}
END_TEST

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

/* Waits until n of what counts itself has begun, there. */
static COIL_ASYNC(wait_for_begun, (int, n))
{
    int err = 0;
    while (atomic_load(&begun) < n && err >= 0)
        err = coil_sleep(0.0005);
    return err;
}

static COIL_ASYNC(wait_there)
{
    atomic_fetch_add(&begun, 1);
    int err = coil_sleep(3600);
    atomic_fetch_add(&ended, 1);
    return err;
}

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

static void cancel_from_each(void)
{
    for (int i = 0; i < MANY; i++) {
        atomic_store(&begun, 0);
        atomic_store(&cancelled, 0);
        ck_assert_int_eq(coil_run_threads(MANY, cancel_all_from(i)), -ECANCELED);
        ck_assert_int_eq(atomic_load(&cancelled), MANY);
    }
    ck_assert_int_eq(coil_cancel_threads(), -COIL_EINVALIDSTATE);
}

START_TEST(any_of_them_can_cancel_all)
{
    in_thread(cancel_from_each);
}
END_TEST

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

/* ---------------------------------------------------------------- a call in another loop ---- */

static coil_context_var who = COIL_CONTEXT_VAR("who");

static COIL_ASYNC(add_there, (int, a), (int, b), (coil_loop *, expected), (int, ret, out))
{
    ck_assert_ptr_eq(coil_loop_running(), expected);
    ck_assert_str_eq(coil_context_var_get(&who), "me");
    int err = coil_sleep(0.0005);
    *ret = a + b;
    return err < 0 ? err : 7;
}

static COIL_ASYNC(fail_there, (int, ret, out))
{
    *ret = 99;
    return coil_fail(-EPROTO, "not with me");
}

static COIL_ASYNC(swallow_there, (int, ret, out))
{
    atomic_fetch_add(&begun, 1);
    int err = coil_sleep(3600);
    *ret = 5;
    return err == -ECANCELED ? 0 : -EPROTO;
}

static COIL_ASYNC(go_there, (coil_loop *, there))
{
    int sum = -1, no = -1;
    coil_context_var_set(&who, (void *)(uintptr_t) "me");
    ck_assert_int_eq(coil_to_loop(there, add_there(1, 2, there, &sum)), 7);
    ck_assert_int_eq(sum, 3);
    ck_assert_int_eq(coil_to_loop(coil_loop_running(), add_there(2, 2, coil_loop_running(), &sum)),
                     7);
    ck_assert_int_eq(sum, 4);
    int err = coil_to_loop(there, fail_there(&no));
    ck_assert_int_eq(err, -EPROTO);
    ck_assert_str_eq(coil_error_message(err), "not with me");
    ck_assert_int_eq(no, -1);
    int a = 0, b = 0;
    ck_assert_int_eq(coil_gather(coil_to_loop(there, add_there(1, 1, there, &a)),
                                 coil_to_loop(there, add_there(2, 2, there, &b))),
                     0);
    ck_assert_int_eq(a + b, 6);
    ck_assert_int_eq(coil_to_loop(NULL, fail_there(&no)), -EINVAL);
    ck_assert_int_eq(coil_to_loop(there, coil_to_thread(fail_there(&no))), -EINVAL);
    return 0;
}

static COIL_ASYNC(cancel_there, (coil_loop *, there))
{
    int out = -1;
    atomic_store(&begun, 0);
    atomic_store(&ended, 0);
    coil_task *t = coil_create_task(coil_to_loop(there, wait_there()));
    ck_assert_int_eq(wait_for_begun(1), 0);
    ck_assert_int_eq(coil_wait_for(coil_await(t), 0.001), -ETIMEDOUT);
    ck_assert_int_eq(atomic_load(&ended), 1);
    /* perhaps before it has begun */
    t = coil_create_task(coil_to_loop(there, wait_there()));
    ck_assert_int_eq(coil_yield_now(), 0);
    ck_assert_int_eq(coil_task_cancel(t), 1);
    ck_assert_int_eq(coil_task_cancel(t), 1);
    ck_assert_int_eq(coil_await(t), -ECANCELED);
    ck_assert_int_le(atomic_load(&ended), 2);
    /* the call decides */
    atomic_store(&begun, 0);
    t = coil_create_task(coil_to_loop(there, swallow_there(&out)));
    ck_assert_int_eq(wait_for_begun(1), 0);
    ck_assert_int_eq(coil_task_cancel(t), 1);
    ck_assert_int_eq(coil_await(t), 0);
    ck_assert_int_eq(out, 5);
    /* a task that was told to end begins nothing */
    atomic_store(&begun, 0);
    coil_task_cancel(coil_current_task());
    ck_assert_int_eq(coil_to_loop(there, count_threads()), -ECANCELED);
    coil_task_uncancel(coil_current_task());
    ck_assert_int_eq(coil_to_loop(there, count_threads()), 0);
    ck_assert_int_eq(atomic_load(&begun), 1);
    return 0;
}

static COIL_ASYNC(first_goes, (int, cancel))
{
    if (coil_thread_index() != 0)
        return 0;
    return cancel ? cancel_there(coil_thread_loop(1)) : go_there(coil_thread_loop(1));
}

static void go(void)
{
    ck_assert_int_eq(coil_run_threads(2, first_goes(0)), 0);
}

static void go_and_cancel(void)
{
    ck_assert_int_eq(coil_run_threads(2, first_goes(1)), 0);
}

START_TEST(a_call_runs_in_another_loop_and_its_outcome_comes_back)
{
    in_thread(go);
}
END_TEST

START_TEST(a_cancellation_is_passed_on_to_the_other_loop)
{
    in_thread(go_and_cancel);
}
END_TEST

/* ---- a loop that closes, or that is none ---- */

static coil_loop *other;
static atomic_int other_stage;

static int leave(void *arg)
{
    (void)arg;
    coil_loop_stop(coil_loop_running());
    return 0;
}

/* Runs a loop until somebody stops it, and closes it with what is still in it. */
static void *run_other(void *arg)
{
    coil_exception_handler quiet = (coil_exception_handler)(uintptr_t)arg;
    ck_assert_int_eq(coil_loop_new(NULL, &other), 0);
    coil_loop_set_exception_handler(other, quiet, NULL);
    atomic_store(&other_stage, 1);
    ck_assert_int_eq(coil_loop_run_forever(other), 0);
    ck_assert_int_eq(coil_loop_close(other), 0);
    return NULL;
}

static int say_nothing(coil_loop *loop, const coil_exception_context *context, void *arg)
{
    (void)loop, (void)context, (void)arg;
    return 0;
}

static COIL_ASYNC(outlive_it)
{
    coil_task *t[3];
    for (int i = 0; i < 3; i++)
        t[i] = coil_create_task(coil_to_loop(other, coil_sleep(3600)));
    ck_assert_int_eq(coil_sleep(0.002), 0);
    ck_assert_int_eq(coil_call_soon_threadsafe(other, leave, NULL), 0);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(coil_await(t[i]), -COIL_ELOOPCLOSED);
    while (!coil_loop_is_closed(other))
        ck_assert_int_eq(coil_sleep(0.0005), 0);
    int err = coil_to_loop(other, coil_sleep(0));
    ck_assert_int_eq(err, -COIL_ELOOPCLOSED);
    return 0;
}

static void with_other(void (*fn)(void))
{
    pthread_t thread;
    atomic_store(&other_stage, 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, run_other, (void *)(uintptr_t)say_nothing), 0);
    while (!atomic_load(&other_stage))
        usleep(100);
    fn();
    pthread_join(thread, NULL);
}

static void see_it_close(void)
{
    ck_assert_int_eq(coil_run(outlive_it()), 0);
}

static void in_other_close(void)
{
    with_other(see_it_close);
}

START_TEST(a_loop_that_closes_fails_the_calls_that_run_in_it)
{
    in_thread(in_other_close);
}
END_TEST

/* The waiting loop is closed without a shutdown: nothing there may use its stacks any more. */
static void close_while_waiting(void)
{
    coil_loop *loop;
    ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
    coil_loop_set_exception_handler(loop, say_nothing, NULL);
    atomic_store(&begun, 0);
    atomic_store(&ended, 0);
    for (int i = 0; i < 2; i++) {
        coil_call call = COIL_CALL(coil_to_loop(other, wait_there()));
        ck_assert_ptr_nonnull(coil_loop_call_soon(loop, leave, NULL));
        int err = coil_loop_run_until_complete(loop, coil_perform(call));
        ck_assert_int_eq(err, -COIL_EINVALIDSTATE);
    }
    while (atomic_load(&begun) < 2)
        usleep(200);
    ck_assert_int_eq(coil_loop_close(loop), 0);
    ck_assert_int_eq(atomic_load(&ended), 2);
    ck_assert_int_eq(coil_call_soon_threadsafe(other, leave, NULL), 0);
}

static void in_other_wait(void)
{
    with_other(close_while_waiting);
}

START_TEST(a_loop_that_is_closed_while_its_tasks_wait_ends_their_calls)
{
    in_thread(in_other_wait);
}
END_TEST

/* What waits in the inbox of a loop that closes is told, also when one of its tasks was waiting itself. */
static void close_with_both(void)
{
    coil_loop *loop;
    ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
    coil_loop_set_exception_handler(loop, say_nothing, NULL);
    coil_call call = COIL_CALL(coil_to_loop(other, count_threads()));
    ck_assert_ptr_nonnull(coil_loop_call_soon(loop, leave, NULL));
    atomic_store(&begun, 0);
    ck_assert_int_eq(coil_loop_run_until_complete(loop, coil_perform(call)), -COIL_EINVALIDSTATE);
    coil_thread_future *f =
        coil_run_coroutine_threadsafe(other, coil_to_loop(loop, count_threads()));
    while (atomic_load(&begun) < 1)
        usleep(200);
    usleep(2000); /* the answer and the other request are most probably there */
    ck_assert_int_eq(coil_loop_close(loop), 0);
    ck_assert_int_eq(coil_thread_future_wait(f, 30), -COIL_ELOOPCLOSED);
    coil_thread_future_free(f);
    ck_assert_int_eq(coil_call_soon_threadsafe(other, leave, NULL), 0);
}

static void in_other_both(void)
{
    with_other(close_with_both);
}

START_TEST(a_request_to_a_loop_that_closes_is_answered)
{
    in_thread(in_other_both);
}
END_TEST

/* To and fro: what is waited for there waits for a task here. */
static COIL_ASYNC(wait_back, (coil_loop *, back))
{
    int err = coil_to_loop(back, wait_there());
    if (err < 0) /* and once more, while that loop closes */
        err = coil_to_loop(back, wait_there());
    atomic_fetch_add(&cancelled, err == -COIL_ELOOPCLOSED);
    return err;
}

static int leave_when_begun(void *arg)
{
    if (atomic_load(&begun) < 2)
        coil_call_later(0.0005, leave_when_begun, arg);
    else
        leave(arg);
    return 0;
}

static void close_in_a_circle(void)
{
    coil_loop *loop;
    ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
    coil_loop_set_exception_handler(loop, say_nothing, NULL);
    atomic_store(&begun, 0);
    atomic_store(&cancelled, 0);
    coil_call first = COIL_CALL(coil_to_loop(other, wait_back(loop)));
    coil_call second = COIL_CALL(coil_to_loop(other, wait_back(loop)));
    ck_assert_ptr_nonnull(coil_loop_call_soon(loop, leave_when_begun, NULL));
    int err =
        coil_loop_run_until_complete(loop, coil_gather(coil_perform(first), coil_perform(second)));
    ck_assert_int_eq(err, -COIL_EINVALIDSTATE);
    ck_assert_int_eq(coil_loop_close(loop), 0);
    ck_assert_int_eq(atomic_load(&cancelled), 2);
    ck_assert_int_eq(coil_call_soon_threadsafe(other, leave, NULL), 0);
}

static void in_other_circle(void)
{
    with_other(close_in_a_circle);
}

START_TEST(loops_that_wait_for_each_other_can_be_closed)
{
    in_thread(in_other_circle);
}
END_TEST

/* Works on memory of the caller's, and goes on with that for a while when it is told to end. */
static COIL_ASYNC(count_there, (volatile int *, counter))
{
    int err = 0;
    atomic_fetch_add(&begun, 1);
    while (err >= 0) {
        ++*counter;
        err = coil_sleep(0.0003);
    }
    for (int i = 0; i < 5; i++) {
        ++*counter;
        coil_ignore(coil_sleep(0.0003));
    }
    atomic_fetch_add(&ended, 1);
    return err;
}

static COIL_ASYNC(count_here)
{
    volatile int counter = 0;
    return coil_to_loop(other, count_there(&counter));
}

/* One coroutine that a task drives by hand, and one whose close waits for the other loop. */
static COIL_ASYNC(drive_and_leave)
{
    coil_generator *c = coil_coroutine_new(count_here(), 0);
    ck_assert_int_eq(coil_generator_send(c, NULL, NULL), 0);
    ck_assert_int_eq(coil_coroutine_waiting(c), 1);
    ck_assert_int_eq(wait_for_begun(1), 0);
    ck_assert_int_eq(coil_generator_close(c), -ECANCELED);
    ck_assert_int_eq(atomic_load(&ended), 1);
    coil_generator_free(c);
    c = coil_coroutine_new(count_here(), 0);
    ck_assert_int_eq(coil_generator_send(c, NULL, NULL), 0);
    ck_assert_int_eq(wait_for_begun(2), 0);
    coil_loop_stop(coil_loop_running());
    return coil_sleep(3600); /* both are left to the close of the loop */
}

static void close_with_a_coroutine_by_hand(void)
{
    coil_loop *loop;
    ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
    coil_loop_set_exception_handler(loop, say_nothing, NULL);
    atomic_store(&begun, 0);
    atomic_store(&ended, 0);
    ck_assert_int_eq(coil_loop_run_until_complete(loop, drive_and_leave()), -COIL_EINVALIDSTATE);
    ck_assert_int_eq(coil_loop_close(loop), 0);
    ck_assert_int_eq(atomic_load(&ended), 2);
    ck_assert_int_eq(coil_call_soon_threadsafe(other, leave, NULL), 0);
}

static void in_other_by_hand(void)
{
    with_other(close_with_a_coroutine_by_hand);
}

START_TEST(a_coroutine_by_hand_keeps_its_stack_while_another_loop_works_on_it)
{
    in_thread(in_other_by_hand);
}
END_TEST

static COIL_ASYNC(ask_idle, (coil_loop *, idle))
{
    int err = coil_to_loop(idle, coil_sleep(0));
    ck_assert_int_eq(err, -COIL_EWRONGTHREAD);
    ck_assert_ptr_nonnull(strstr(coil_error_message(err), "loop of this thread"));
    return 0;
}

static int call_out_of_place(void *arg)
{
    (void)arg;
    ck_assert_int_eq(coil_to_loop(other, coil_sleep(0)), -COIL_ENOTASK);
    coil_loop_stop(coil_loop_running());
    return 0;
}

static void misuse(void)
{
    coil_loop *idle;
    ck_assert_int_eq(coil_loop_new(NULL, &idle), 0);
    ck_assert_int_eq(coil_to_loop(idle, coil_sleep(0)), -COIL_ENOLOOP);
    ck_assert_int_eq(coil_run(ask_idle(idle)), 0);
    ck_assert_ptr_nonnull(coil_loop_call_soon(idle, call_out_of_place, NULL));
    other = idle;
    ck_assert_int_eq(coil_loop_run_forever(idle), 0);
    ck_assert_int_eq(coil_loop_close(idle), 0);
}

START_TEST(from_the_wrong_place_it_is_a_clear_error)
{
    in_thread(misuse);
}
END_TEST

/* ---- a call that nobody joins ---- */

static atomic_int reported;

static int note_error(coil_loop *loop, const coil_exception_context *context, void *arg)
{
    (void)loop, (void)arg;
    ck_assert_int_eq(context->error, -EPROTO);
    ck_assert_str_eq(context->error_message, "not with me");
    atomic_fetch_add(&reported, 1);
    return 0;
}

static COIL_ASYNC(sum_up, (const int *, numbers), (int, n))
{
    int sum = 0;
    for (int i = 0; i < n; i++)
        sum += numbers[i];
    atomic_fetch_add(&ended, sum);
    return coil_yield_now();
}

static COIL_ASYNC(spawn_in_other)
{
    static const int numbers[] = {1, 2, 3};
    int none = -1;
    if (coil_thread_index() != 0)
        return 0;
    coil_loop *there = coil_thread_loop(1);
    coil_call stored = COIL_CALL(sum_up(numbers, 3));
    atomic_store(&ended, 0);
    atomic_store(&reported, 0);
    ck_assert_int_eq(coil_spawn_threadsafe(there, coil_perform(stored)), 0);
    ck_assert_int_eq(coil_spawn_threadsafe(there, coil_perform(stored)), -COIL_ECALLUSED);
    ck_assert_int_eq(
        coil_spawn_threadsafe(there, coil_gather(sum_up(numbers, 1), sum_up(numbers, 2))), 0);
    ck_assert_int_eq(coil_spawn_threadsafe(coil_loop_running(), sum_up(numbers, 3)), 0);
    ck_assert_int_eq(coil_spawn_threadsafe(there, fail_there(&none)), 0);
    ck_assert_int_eq(coil_spawn_threadsafe(NULL, coil_yield_now()), -EINVAL);
    while (atomic_load(&ended) < 16 || atomic_load(&reported) < 1)
        ck_assert_int_eq(coil_sleep(0.0005), 0);
    ck_assert_int_eq(none, -1);
    return 0;
}

static int quiet_loop(void *arg, coil_loop **ret_loop)
{
    (void)arg;
    int err = coil_loop_new(NULL, ret_loop);
    if (err >= 0)
        coil_loop_set_exception_handler(*ret_loop, note_error, NULL);
    return err;
}

static void spawn(void)
{
    const coil_loop_options options = {.factory = quiet_loop};
    ck_assert_int_eq(coil_run_threads_with(2, spawn_in_other(), &options), 0);
    coil_loop *loop;
    ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
    ck_assert_int_eq(coil_spawn_threadsafe(loop, coil_sleep(1)), 0); /* it never runs */
    ck_assert_int_eq(coil_loop_close(loop), 0);
    ck_assert_int_eq(coil_spawn_threadsafe(loop, coil_sleep(1)), -COIL_ELOOPCLOSED);
}

START_TEST(a_call_that_nobody_joins_reports_its_error_where_it_ran)
{
    in_thread(spawn);
}
END_TEST

/* ---- what belongs to a loop stays there ---- */

static coil_task *shared_task;
static coil_event shared_event;
static coil_future *shared_future;
static atomic_int stage;

static COIL_ASYNC(touch_from_outside)
{
    if (coil_thread_index() == 0) {
        coil_event_init(&shared_event);
        shared_task = coil_create_task(coil_sleep(3600));
        shared_future = coil_future_new();
        atomic_store(&stage, 1);
        while (atomic_load(&stage) == 1)
            if (coil_sleep(0.0005) < 0)
                return -1;
        coil_future_unref(shared_future);
        coil_task_cancel(shared_task);
        return coil_await(shared_task) == -ECANCELED ? 0 : -EPROTO;
    }
    while (atomic_load(&stage) == 0)
        if (coil_sleep(0.0005) < 0)
            return -1;
    ck_assert_int_eq(coil_await(shared_task), -COIL_EWRONGTHREAD);
    ck_assert_int_eq(coil_task_cancel(shared_task), -COIL_EWRONGTHREAD);
    ck_assert_int_eq(coil_task_done(shared_task), -COIL_EWRONGTHREAD);
    ck_assert_int_eq(coil_future_await(shared_future, NULL), -COIL_EWRONGTHREAD);
    ck_assert_int_eq(coil_future_set_result(shared_future, NULL), -COIL_EWRONGTHREAD);
    ck_assert_int_eq(coil_loop_run_forever(coil_thread_loop(0)), -COIL_EWRONGTHREAD);
    ck_assert_int_eq(coil_loop_close(coil_thread_loop(0)), -COIL_EWRONGTHREAD);
    ck_assert_ptr_null(coil_loop_call_soon(coil_thread_loop(0), leave, NULL));
    atomic_store(&stage, 2);
    return 0;
}

static void touch(void)
{
    atomic_store(&stage, 0);
    ck_assert_int_eq(coil_run_threads(2, touch_from_outside()), 0);
}

START_TEST(what_belongs_to_one_loop_is_refused_in_another)
{
    in_thread(touch);
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
    tcase_add_test(t, a_call_runs_in_another_loop_and_its_outcome_comes_back);
    tcase_add_test(t, a_cancellation_is_passed_on_to_the_other_loop);
    tcase_add_test(t, a_loop_that_closes_fails_the_calls_that_run_in_it);
    tcase_add_test(t, a_loop_that_is_closed_while_its_tasks_wait_ends_their_calls);
    tcase_add_test(t, a_request_to_a_loop_that_closes_is_answered);
    tcase_add_test(t, loops_that_wait_for_each_other_can_be_closed);
    tcase_add_test(t, a_coroutine_by_hand_keeps_its_stack_while_another_loop_works_on_it);
    tcase_add_test(t, from_the_wrong_place_it_is_a_clear_error);
    tcase_add_test(t, a_call_that_nobody_joins_reports_its_error_where_it_ran);
    tcase_add_test(t, what_belongs_to_one_loop_is_refused_in_another);
    return test_main("several loops", t);
}

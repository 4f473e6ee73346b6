/* A loop that closes while other loops have calls in it, or it in others: each call ends, and is told why. */
#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"
#include "in_thread.h"
#include "threads_loops.h"

static atomic_int cancelled;

/* ---- the other loop ---- */

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
    ck_assert_int_eq(coil_loop_new(NULL, &other), 0);
    coil_loop_set_exception_handler(other, test_say_nothing, NULL);
    atomic_store(&other_stage, 1);
    ck_assert_int_eq(coil_loop_run_forever(other), 0);
    ck_assert_int_eq(coil_loop_close(other), 0);
    return arg;
}

static void with_other(void (*fn)(void))
{
    pthread_t thread;
    atomic_store(&other_stage, 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, run_other, NULL), 0);
    while (!atomic_load(&other_stage))
        usleep(100);
    fn();
    pthread_join(thread, NULL);
}

/* ---- what happens then ---- */

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

static void see_it_close(void)
{
    ck_assert_int_eq(coil_run(outlive_it()), 0);
}

TEST_IN_THREAD(a_loop_that_closes_fails_the_calls_that_run_in_it)
{
    with_other(see_it_close);
    return arg;
}

/* The waiting loop is closed without a shutdown: nothing there may use its stacks any more. */
static void close_while_waiting(void)
{
    coil_loop *loop;
    ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
    coil_loop_set_exception_handler(loop, test_say_nothing, NULL);
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

TEST_IN_THREAD(a_loop_that_is_closed_while_its_tasks_wait_ends_their_calls)
{
    with_other(close_while_waiting);
    return arg;
}

/* What waits in the inbox of a loop that closes is told, also when one of its tasks was waiting itself. */
static void close_with_both(void)
{
    coil_loop *loop;
    ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
    coil_loop_set_exception_handler(loop, test_say_nothing, NULL);
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

TEST_IN_THREAD(a_request_to_a_loop_that_closes_is_answered)
{
    with_other(close_with_both);
    return arg;
}

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
    coil_loop_set_exception_handler(loop, test_say_nothing, NULL);
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

TEST_IN_THREAD(loops_that_wait_for_each_other_can_be_closed)
{
    with_other(close_in_a_circle);
    return arg;
}

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
    coil_loop_set_exception_handler(loop, test_say_nothing, NULL);
    atomic_store(&begun, 0);
    atomic_store(&ended, 0);
    ck_assert_int_eq(coil_loop_run_until_complete(loop, drive_and_leave()), -COIL_EINVALIDSTATE);
    ck_assert_int_eq(coil_loop_close(loop), 0);
    ck_assert_int_eq(atomic_load(&ended), 2);
    ck_assert_int_eq(coil_call_soon_threadsafe(other, leave, NULL), 0);
}

TEST_IN_THREAD(a_coroutine_by_hand_keeps_its_stack_while_another_loop_works_on_it)
{
    with_other(close_with_a_coroutine_by_hand);
    return arg;
}

int main(void)
{
    TCase *t = tcase_create("loops that close");
    tcase_add_test(t, a_loop_that_closes_fails_the_calls_that_run_in_it);
    tcase_add_test(t, a_loop_that_is_closed_while_its_tasks_wait_ends_their_calls);
    tcase_add_test(t, a_request_to_a_loop_that_closes_is_answered);
    tcase_add_test(t, loops_that_wait_for_each_other_can_be_closed);
    tcase_add_test(t, a_coroutine_by_hand_keeps_its_stack_while_another_loop_works_on_it);
    return test_main("loops that close", t);
}

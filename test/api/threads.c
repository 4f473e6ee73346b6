/* Threads: blocking calls beside the loop; outputs, errors and cancellations as the rules say. */
#include <check.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"

static sem_t gate, begun;
static atomic_int ran;

COIL_ASYNC(triple, (int, n), (int, ret, out))
{
    *ret = n * 3;
    return n < 0 ? coil_fail(-ERANGE, "%d is negative", n) : n;
}

/* Blocks until the test opens the gate. */
COIL_ASYNC(blocks, (int, n), (int, ret, out))
{
    sem_post(&begun);
    while (sem_wait(&gate) < 0)
        continue;
    atomic_fetch_add(&ran, 1);
    *ret = n;
    return coil_thread_cancelled() ? 1 : 0;
}

static void reset(void)
{
    atomic_store(&ran, 0);
    sem_destroy(&gate);
    sem_destroy(&begun);
    sem_init(&gate, 0, 0);
    sem_init(&begun, 0, 0);
}

static int wait_begun(void)
{
    int err = 0;
    while (err >= 0 && sem_trywait(&begun) < 0)
        err = coil_sleep(0.001);
    return err;
}

COIL_ASYNC(every_way)
{
    int a = 0, b = 0, c = 0, d = 7;
    ck_assert_int_eq(coil_to_thread(triple(1, &a)), 1);
    ck_assert_int_eq(a, 3);
    ck_assert_int_eq(coil_gather(coil_to_thread(triple(2, &a)), coil_to_thread(triple(3, &b))), 0);
    ck_assert_int_eq(a + b, 15);
    coil_task *t = coil_create_task(coil_to_thread(triple(4, &c)));
    ck_assert_int_eq(coil_await(t), 4);
    ck_assert_int_eq(c, 12);
    ck_assert_int_eq(coil_wait_for(coil_to_thread(triple(5, &c)), 10), 5);
    ck_assert_int_eq(c, 15);
    ck_assert_int_eq(coil_to_thread(triple(-1, &d)), -ERANGE);
    ck_assert_str_eq(coil_error_message(-ERANGE), "-1 is negative");
    ck_assert_int_eq(d, 7);
    ck_assert_int_eq(coil_to_thread(triple(6, NULL)), 6);
    return 0;
}

START_TEST(a_call_in_a_thread_gives_status_outputs_and_message_in_every_wrapper)
{
    ck_assert_int_eq(coil_run(every_way()), 0);
}
END_TEST

COIL_ASYNC(executor)
{
    int a = 0, b = 7;
    coil_future *f = coil_run_in_executor(NULL, triple(2, &a));
    ck_assert_int_eq(coil_future_await(f, NULL), 2);
    ck_assert_int_eq(a, 6);
    coil_future_unref(f);
    f = coil_run_in_executor(NULL, triple(-2, &b));
    ck_assert_int_eq(coil_future_await(f, NULL), -ERANGE);
    ck_assert_str_eq(coil_error_message(-ERANGE), "-2 is negative");
    ck_assert_int_eq(b, 7);
    coil_future_unref(f);
    return 0;
}

START_TEST(a_future_of_a_job_lands_its_outputs_when_it_is_awaited)
{
    ck_assert_int_eq(coil_run(executor()), 0);
}
END_TEST

COIL_ASYNC(suspends_in_thread)
{
    ck_assert_int_eq(coil_to_thread(coil_sleep(0)), -COIL_ENOLOOP);
    ck_assert_int_eq(coil_to_thread(coil_to_thread(coil_yield_now())), -EINVAL);
    ck_assert_int_eq(coil_to_thread(coil_wait_for(coil_yield_now(), 1)), -EINVAL);
    return 0;
}

START_TEST(what_suspends_has_no_loop_in_a_thread_and_wrappers_inside_out_are_refused)
{
    ck_assert_int_eq(coil_run(suspends_in_thread()), 0);
}
END_TEST

COIL_ASYNC(cancel_running)
{
    int got = 5;
    coil_task *t = coil_create_task(coil_to_thread(blocks(1, &got)));
    ck_assert_int_eq(wait_begun(), 0);
    ck_assert_int_eq(coil_task_cancel(t), 1);
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(coil_yield_now(), 0);
    ck_assert_int_eq(coil_task_done(t), 0);
    sem_post(&gate);
    ck_assert_int_eq(coil_await(t), -ECANCELED);
    ck_assert_int_eq(atomic_load(&ran), 1);
    ck_assert_int_eq(got, 5);
    return 0;
}

START_TEST(a_cancelled_to_thread_waits_for_the_running_job_and_drops_its_outputs)
{
    reset();
    ck_assert_int_eq(coil_run(cancel_running()), 0);
}
END_TEST

COIL_ASYNC(cancel_queued, (coil_pool *, pool))
{
    int a = 0, b = 0, c = 0;
    coil_task *first = coil_create_task(coil_pool_run(pool, blocks(1, &a)));
    ck_assert_int_eq(wait_begun(), 0);
    coil_task *second = coil_create_task(coil_pool_run(pool, blocks(2, &b)));
    coil_future *third = coil_run_in_executor(pool, blocks(3, &c));
    ck_assert_int_eq(coil_yield_now(), 0);
    coil_task_cancel(second);
    ck_assert_int_eq(coil_await(second), -ECANCELED);
    ck_assert_int_eq(coil_future_cancel(third), 1);
    ck_assert_int_eq(coil_future_await(third, NULL), -ECANCELED);
    coil_future_unref(third);
    sem_post(&gate);
    ck_assert_int_eq(coil_await(first), 0);
    ck_assert_int_eq(coil_pool_shutdown(pool), 0);
    ck_assert_int_eq(atomic_load(&ran), 1);
    ck_assert_int_eq(coil_pool_run(pool, triple(1, NULL)), -COIL_EPOOLSHUTDOWN);
    return 0;
}

START_TEST(a_job_still_queued_is_dropped_and_a_pool_shut_down_takes_none)
{
    reset();
    coil_pool *pool;
    ck_assert_int_eq(coil_thread_pool_new(1, &pool), 0);
    ck_assert_int_eq(coil_run(cancel_queued(pool)), 0);
    coil_pool_free(pool);
}
END_TEST

COIL_ASYNC(leaves_jobs, (coil_pool *, pool))
{
    coil_future *f = coil_run_in_executor(NULL, triple(1, NULL));
    coil_future_unref(f);
    f = coil_run_in_executor(pool, blocks(1, NULL));
    coil_future_unref(f);
    int err = wait_begun();
    sem_post(&gate);
    return err;
}

START_TEST(closing_the_loop_waits_for_jobs_whose_futures_nobody_holds)
{
    reset();
    coil_pool *pool;
    ck_assert_int_eq(coil_thread_pool_new(2, &pool), 0);
    ck_assert_int_eq(coil_run(leaves_jobs(pool)), 0);
    ck_assert_int_eq(atomic_load(&ran), 1);
    coil_pool_free(pool);
}
END_TEST

COIL_ASYNC(frees_pool)
{
    coil_pool *pool;
    ck_assert_int_eq(coil_thread_pool_new(-1, &pool), -EINVAL);
    ck_assert_int_eq(coil_thread_pool_new(2, &pool), 0);
    int a = 0;
    coil_future *f = coil_run_in_executor(pool, triple(9, &a));
    coil_pool_free(pool);
    ck_assert_int_eq(coil_future_done(f), 0);
    ck_assert_int_eq(coil_future_cancel(f), 1);
    ck_assert_int_eq(coil_future_await(f, NULL), -ECANCELED);
    ck_assert_int_eq(a, 0);
    coil_future_unref(f);
    return 0;
}

START_TEST(a_pool_can_be_freed_while_a_result_is_on_its_way)
{
    ck_assert_int_eq(coil_run(frees_pool()), 0);
}
END_TEST

COIL_ASYNC(uses_its_stack)
{
    int on_the_stack = 1;
    int *landing = &on_the_stack;
    return coil_to_thread(blocks(2, landing));
}

static void *opens_the_gate(void *arg)
{
    sem_post(&gate);
    return arg;
}

START_TEST(closing_a_loop_in_the_midst_of_jobs_waits_for_them_and_drops_the_queued)
{
    reset();
    coil_loop *loop;
    coil_pool *pool;
    ck_assert_int_eq(coil_thread_pool_new(1, &pool), 0);
    ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
    coil_loop_set_exception_handler(loop, test_say_nothing, NULL);
    coil_thread_future *a = coil_run_coroutine_threadsafe(loop, uses_its_stack());
    coil_thread_future *b =
        coil_run_coroutine_threadsafe(loop, coil_pool_run(pool, blocks(1, NULL)));
    coil_thread_future *c =
        coil_run_coroutine_threadsafe(loop, coil_pool_run(pool, blocks(1, NULL)));
    for (int n = 0; n < 2;) {
        ck_assert_int_ge(coil_loop_run_once(loop, 0), 0);
        n += sem_trywait(&begun) == 0;
    }
    pthread_t t
        [3]; /* the third is for the queued job, should the pool come to it before the close drops it */
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(pthread_create(&t[i], NULL, opens_the_gate, NULL), 0);
    ck_assert_int_eq(coil_loop_close(loop), 0);
    ck_assert_int_ge(atomic_load(&ran), 2);
    for (int i = 0; i < 3; i++)
        pthread_join(t[i], NULL);
    coil_thread_future_free(a);
    coil_thread_future_free(b);
    ck_assert_int_eq(coil_thread_future_wait(c, 60), -COIL_ELOOPCLOSED);
    coil_thread_future_free(c);
    coil_pool_free(pool);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("threads");
    tcase_add_test(t, a_call_in_a_thread_gives_status_outputs_and_message_in_every_wrapper);
    tcase_add_test(t, a_future_of_a_job_lands_its_outputs_when_it_is_awaited);
    tcase_add_test(t, what_suspends_has_no_loop_in_a_thread_and_wrappers_inside_out_are_refused);
    tcase_add_test(t, a_cancelled_to_thread_waits_for_the_running_job_and_drops_its_outputs);
    tcase_add_test(t, a_job_still_queued_is_dropped_and_a_pool_shut_down_takes_none);
    tcase_add_test(t, closing_the_loop_waits_for_jobs_whose_futures_nobody_holds);
    tcase_add_test(t, a_pool_can_be_freed_while_a_result_is_on_its_way);
    tcase_add_test(t, closing_a_loop_in_the_midst_of_jobs_waits_for_them_and_drops_the_queued);
    return test_main("threads", t);
}

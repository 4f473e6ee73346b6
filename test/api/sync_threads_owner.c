/* A lock or a queue belongs to the loop that used it first: other threads and other loops are told so, also when the call would not
 * have suspended, until that loop is closed.
 */
#include <check.h>
#include <pthread.h>

#include "coil.h"
#include "harness.h"

static coil_lock lock;
static coil_event event;
static coil_semaphore semaphore;
static coil_queue queue;
static int one = 1;

static void init_all(void)
{
    coil_lock_init(&lock);
    coil_event_init(&event);
    ck_assert_int_eq(coil_semaphore_init(&semaphore, 1), 0);
    ck_assert_int_eq(coil_queue_init(&queue, sizeof one, 4), 0);
}

/* What no call of which suspends; each must give `expected`, or with 0 succeed. */
static void use_all(int expected)
{
    int item;
    ck_assert_int_eq(coil_event_set(&event), expected);
    ck_assert_int_eq(coil_event_is_set(&event), expected ? expected : 1);
    ck_assert_int_eq(coil_event_clear(&event), expected);
    ck_assert_int_eq(coil_semaphore_locked(&semaphore), expected);
    ck_assert_int_eq(coil_lock_locked(&lock), expected);
    ck_assert_int_eq(coil_queue_put_nowait(&queue, &one), expected);
    ck_assert_int_eq((int)coil_queue_size(&queue), expected ? 0 : 1);
    ck_assert_int_eq(coil_queue_full(&queue), expected);
    ck_assert_int_eq(coil_queue_get_nowait(&queue, &item), expected);
    ck_assert_int_eq(coil_queue_task_done(&queue), expected);
}

static COIL_ASYNC(use_in_a_task, (int, expected))
{
    int item;
    use_all(expected);
    ck_assert_int_eq(coil_lock_acquire(&lock), expected);
    ck_assert_int_eq(coil_lock_release(&lock), expected);
    ck_assert_int_eq(coil_semaphore_acquire(&semaphore), expected);
    ck_assert_int_eq(coil_semaphore_release(&semaphore), expected);
    ck_assert_int_eq(coil_queue_put(&queue, &one), expected);
    ck_assert_int_eq(coil_queue_get(&queue, &item), expected);
    ck_assert_int_eq(coil_queue_task_done(&queue), expected);
    ck_assert_int_eq(coil_queue_join(&queue), expected);
    return 0;
}

static int thread_status;

static void *with_a_loop(void *expected)
{
    thread_status = coil_run(use_in_a_task(*(int *)expected));
    return NULL;
}

static void *without_a_loop(void *expected)
{
    use_all(*(int *)expected);
    return NULL;
}

static void in_thread(void *(*body)(void *), int expected)
{
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, body, &expected), 0);
    pthread_join(thread, NULL);
}

static COIL_ASYNC(others_are_refused)
{
    int err = use_in_a_task(0);
    if (err < 0)
        return err;
    in_thread(without_a_loop, -COIL_EWRONGTHREAD);
    in_thread(with_a_loop, -COIL_EWRONGTHREAD);
    ck_assert_int_eq(thread_status, 0);
    return use_in_a_task(0);
}

START_TEST(another_thread_is_refused_also_where_nothing_would_suspend)
{
    init_all();
    ck_assert_int_eq(coil_run(others_are_refused()), 0);
    coil_queue_done(&queue);
}
END_TEST

START_TEST(before_a_loop_has_used_them_and_after_it_is_closed_anybody_may)
{
    init_all();
    use_all(0);
    in_thread(without_a_loop, 0);
    in_thread(with_a_loop, 0);
    use_all(0);
    ck_assert_int_eq(coil_run(use_in_a_task(0)), 0);
    in_thread(with_a_loop, 0);
    ck_assert_int_eq(thread_status, 0);
    coil_queue_done(&queue);
}
END_TEST

START_TEST(another_loop_of_the_same_thread_is_refused_while_the_first_one_is_open)
{
    coil_runner *first, *second;
    init_all();
    ck_assert_int_eq(coil_runner_new(NULL, &first), 0);
    ck_assert_int_eq(coil_runner_new(NULL, &second), 0);
    ck_assert_int_eq(coil_runner_run(first, use_in_a_task(0)), 0);
    use_all(0); /* its own thread, while it does not run */
    ck_assert_int_eq(coil_runner_run(second, use_in_a_task(-COIL_EWRONGTHREAD)), 0);
    coil_runner_free(first);
    ck_assert_int_eq(coil_runner_run(second, use_in_a_task(0)), 0);
    coil_runner_free(second);
    coil_queue_done(&queue);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("owners");
    tcase_add_test(t, another_thread_is_refused_also_where_nothing_would_suspend);
    tcase_add_test(t, before_a_loop_has_used_them_and_after_it_is_closed_anybody_may);
    tcase_add_test(t, another_loop_of_the_same_thread_is_refused_while_the_first_one_is_open);
    return test_main("sync_threads_owner", t);
}

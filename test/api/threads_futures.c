/* Futures between threads: settled once by anybody, waited for by anybody, and bridged to loops both ways. */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <string.h>

#include "coil.h"
#include "harness.h"

/* A loop in a thread of its own. */
struct other {
    pthread_t thread;
    sem_t ready;
    coil_loop *loop;
};

static int stop_loop(void *loop)
{
    coil_loop_stop(loop);
    return 0;
}

static void *run_loop(void *arg)
{
    struct other *o = arg;
    if (coil_loop_new(NULL, &o->loop) < 0)
        return NULL;
    sem_post(&o->ready);
    coil_loop_run_forever(o->loop);
    coil_loop_set_exception_handler(o->loop, NULL, NULL);
    coil_loop_shutdown(o->loop);
    coil_loop_close(o->loop);
    return NULL;
}

static void start(struct other *o)
{
    sem_init(&o->ready, 0, 0);
    ck_assert_int_eq(pthread_create(&o->thread, NULL, run_loop, o), 0);
    while (sem_wait(&o->ready) < 0)
        continue;
}

static void stop(struct other *o)
{
    ck_assert_int_eq(coil_call_soon_threadsafe(o->loop, stop_loop, o->loop), 0);
    pthread_join(o->thread, NULL);
    sem_destroy(&o->ready);
}

static sem_t entered;

COIL_ASYNC(twice, (int, n), (int, ret, out))
{
    int err = coil_yield_now();
    *ret = 2 * n;
    return err < 0 ? err : n < 0 ? coil_fail(-ERANGE, "%d is negative", n) : n;
}

COIL_ASYNC(forever)
{
    sem_post(&entered);
    return coil_sleep(COIL_FOREVER);
}

START_TEST(a_call_in_the_loop_of_another_thread_gives_status_outputs_and_message)
{
    struct other o;
    start(&o);
    int a = 0, b = 7;
    coil_thread_future *f = coil_run_coroutine_threadsafe(o.loop, twice(4, &a));
    ck_assert_int_eq(coil_thread_future_wait(f, COIL_FOREVER), 4);
    ck_assert_int_eq(a, 8);
    a = 1;
    ck_assert_int_eq(coil_thread_future_result(f, NULL), 4);
    ck_assert_int_eq(a, 1);
    coil_thread_future_free(f);
    f = coil_run_coroutine_threadsafe(o.loop, twice(-4, &b));
    ck_assert_int_eq(coil_thread_future_wait(f, 60), -ERANGE);
    ck_assert_str_eq(coil_error_message(-ERANGE), "-4 is negative");
    ck_assert_int_eq(b, 7);
    coil_thread_future_free(f);
    coil_call c = COIL_CALL(twice(1, &a));
    f = coil_run_coroutine_threadsafe(o.loop, coil_perform(c));
    ck_assert_int_eq(coil_thread_future_wait(f, 60), 1);
    coil_thread_future_free(f);
    ck_assert_ptr_null(coil_run_coroutine_threadsafe(NULL, twice(1, &a)));
    stop(&o);
}
END_TEST

START_TEST(cancelling_the_shared_future_cancels_the_task_behind_it)
{
    struct other o;
    start(&o);
    sem_init(&entered, 0, 0);
    coil_thread_future *f = coil_run_coroutine_threadsafe(o.loop, forever());
    while (sem_wait(&entered) < 0)
        continue;
    ck_assert_int_eq(coil_thread_future_done(f), 0);
    ck_assert_int_eq(coil_thread_future_wait(f, 0), -ETIMEDOUT);
    ck_assert_int_eq(coil_thread_future_cancel(f), 1);
    ck_assert_int_eq(coil_thread_future_cancel(f), 1);
    ck_assert_int_eq(coil_thread_future_cancelled(f), 1);
    ck_assert_int_eq(coil_thread_future_wait(f, 60), -ECANCELED);
    coil_thread_future_free(f);
    stop(&o); /* reports nothing and waits for nothing: the task has ended */
}
END_TEST

START_TEST(a_loop_that_closes_first_settles_what_never_began)
{
    coil_loop *loop;
    ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
    int a = 5;
    coil_thread_future *f = coil_run_coroutine_threadsafe(loop, twice(4, &a));
    ck_assert_int_eq(coil_thread_future_result(f, NULL), -COIL_EINVALIDSTATE);
    ck_assert_int_eq(coil_loop_close(loop), 0);
    ck_assert_int_eq(coil_thread_future_wait(f, 60), -COIL_ELOOPCLOSED);
    ck_assert_int_eq(a, 5);
    coil_thread_future_free(f);
}
END_TEST

START_TEST(a_loop_that_closes_first_settles_what_it_destroys)
{
    coil_loop *loop;
    ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
    coil_loop_set_exception_handler(loop, test_say_nothing, NULL);
    sem_init(&entered, 0, 0);
    coil_thread_future *f = coil_run_coroutine_threadsafe(loop, forever());
    while (sem_trywait(&entered) < 0)
        ck_assert_int_ge(coil_loop_run_once(loop, 0), 0);
    ck_assert_int_eq(coil_loop_close(loop), 0);
    ck_assert_int_eq(coil_thread_future_wait(f, 60), -COIL_ELOOPCLOSED);
    coil_thread_future_free(f);
}
END_TEST

static void count(coil_thread_future *f, void *arg)
{
    if (coil_thread_future_done(f))
        ++*(int *)arg;
}

static void *settle(void *f)
{
    coil_thread_future_set_result(f, f);
    return NULL;
}

COIL_ASYNC(mirrors)
{
    int calls = 0;
    coil_thread_future *f = coil_thread_future_new();
    ck_assert_int_eq(coil_thread_future_add_done_callback(f, count, &calls), 0);
    coil_future *m = coil_wrap_future(f), *unheard = coil_wrap_future(f);
    coil_future_unref(unheard);
    pthread_t t;
    ck_assert_int_eq(pthread_create(&t, NULL, settle, f), 0);
    void *value = NULL;
    ck_assert_int_eq(coil_future_await(m, &value), 0);
    ck_assert_ptr_eq(value, f);
    pthread_join(t, NULL);
    ck_assert_int_eq(calls, 1);
    ck_assert_int_eq(coil_thread_future_add_done_callback(f, count, &calls), 0);
    ck_assert_int_eq(calls, 2);
    ck_assert_int_eq(coil_thread_future_set_result(f, NULL), -COIL_EINVALIDSTATE);
    ck_assert_int_eq(coil_thread_future_set_error(f, -EIO), -COIL_EINVALIDSTATE);
    ck_assert_int_eq(coil_thread_future_set_error(f, 1), -EINVAL);
    coil_future_unref(m);
    coil_thread_future_free(f);
    return 0;
}

START_TEST(a_mirror_in_a_loop_follows_what_a_thread_settles)
{
    ck_assert_int_eq(coil_run(mirrors()), 0);
}
END_TEST

COIL_ASYNC(leaves_mirror, (coil_thread_future *, f))
{
    coil_future *m = coil_wrap_future(f);
    coil_future *kept_by_nobody = coil_wrap_future(f);
    coil_future_unref(m);
    (void)kept_by_nobody; /* the loop closes with it */
    return 0;
}

START_TEST(a_mirror_whose_loop_has_closed_is_let_go)
{
    coil_thread_future *f = coil_thread_future_new();
    ck_assert_int_eq(coil_run(leaves_mirror(f)), 0);
    ck_assert_int_eq(coil_thread_future_set_result(f, NULL), 0);
    ck_assert_int_eq(coil_thread_future_wait(f, COIL_FOREVER), 0);
    coil_thread_future_free(f);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("threads_futures");
    tcase_add_test(t, a_call_in_the_loop_of_another_thread_gives_status_outputs_and_message);
    tcase_add_test(t, cancelling_the_shared_future_cancels_the_task_behind_it);
    tcase_add_test(t, a_loop_that_closes_first_settles_what_never_began);
    tcase_add_test(t, a_loop_that_closes_first_settles_what_it_destroys);
    tcase_add_test(t, a_mirror_in_a_loop_follows_what_a_thread_settles);
    tcase_add_test(t, a_mirror_whose_loop_has_closed_is_let_go);
    return test_main("threads_futures", t);
}

/* A future that could not be made is NULL, and awaiting that NULL says why. */
#include <check.h>
#include <pthread.h>

#include "coil.h"
#include "harness.h"

static int why(coil_future *f)
{
    ck_assert_ptr_null(f);
    return coil_future_await(f, NULL);
}

static COIL_ASYNC(nothing)
{
    return 0;
}

static coil_loop *loop;
static coil_future *its_future;
static coil_task *its_task;

static COIL_ASYNC(in_another_thread)
{
    coil_call once = COIL_CALL(nothing());
    ck_assert_int_eq(why(coil_loop_create_future(loop)), -COIL_EWRONGTHREAD);
    ck_assert_int_eq(why(coil_shield_future(its_task)), -COIL_EWRONGTHREAD);
    ck_assert_int_eq(why(coil_future_shield_future(its_future)), -COIL_EWRONGTHREAD);
    ck_assert_int_eq(why(coil_gather_future(coil_await(its_task))), -COIL_EWRONGTHREAD);
    ck_assert_int_eq(coil_gather(coil_future_await(coil_loop_create_future(loop), NULL)),
                     -COIL_EWRONGTHREAD);
    ck_assert_int_eq(coil_future_shield(coil_loop_create_future(loop), NULL), -COIL_EWRONGTHREAD);
    ck_assert_int_eq(coil_wait_for(coil_future_await(coil_loop_create_future(loop), NULL), 1),
                     -COIL_EWRONGTHREAD);
    int err = coil_perform(once);
    ck_assert_int_eq(err, 0);
    ck_assert_int_eq(why(coil_gather_future(coil_perform(once))), -COIL_ECALLUSED);
    ck_assert_int_eq(why(coil_wrap_future(NULL)), -EINVAL);
    ck_assert_int_eq(why(NULL), -EINVAL); /* each reason is told once */
    return 0;
}

static void *body(void *arg)
{
    *(int *)arg = coil_run(in_another_thread());
    return NULL;
}

static COIL_ASYNC(owner)
{
    pthread_t thread;
    int status = -1;
    loop = coil_loop_running();
    its_future = coil_future_new();
    its_task = coil_create_task(nothing());
    ck_assert_int_eq(pthread_create(&thread, NULL, body, &status), 0);
    pthread_join(thread, NULL);
    ck_assert_int_eq(status, 0);
    coil_future_unref(its_future);
    return coil_await(its_task);
}

START_TEST(awaiting_a_future_that_could_not_be_made_says_why)
{
    ck_assert_int_eq(coil_run(owner()), 0);
}
END_TEST

static COIL_ASYNC(after_it_was_closed)
{
    ck_assert_int_eq(why(coil_loop_create_future(loop)), -COIL_ELOOPCLOSED);
    ck_assert_int_eq(why(coil_loop_create_future(NULL)), -EINVAL);
    return 0;
}

START_TEST(a_closed_loop_is_the_reason_too)
{
    ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
    ck_assert_int_eq(coil_loop_close(loop), 0);
    ck_assert_int_eq(coil_run(after_it_was_closed()), 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("creation");
    tcase_add_test(t, awaiting_a_future_that_could_not_be_made_says_why);
    tcase_add_test(t, a_closed_loop_is_the_reason_too);
    return test_main("creation_threads", t);
}

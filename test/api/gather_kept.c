/* A gather's calls are used once. One that becomes a task keeps them: the frame that they were written in may be gone when it runs, or it
 * may never run. */
#include <check.h>
#include <string.h>

#include "coil.h"
#include "harness.h"
#include "in_thread.h"

static int runs;

COIL_ASYNC(twice, (int, n), (int, ret, out))
{
    runs++;
    int err = coil_sleep(0);
    *ret = 2 * n;
    return err;
}

/* The calls lie in this frame, which ends before the task begins. */
static __attribute__((noinline)) coil_task *start(int *a, int *b)
{
    return coil_create_task(coil_gather(twice(2, a), twice(3, b)));
}

/* A gather in a gather: the calls of both are kept. */
static __attribute__((noinline)) coil_task *start_nested(int *a, int *b, int *c)
{
    return coil_create_task(coil_gather(twice(6, c), coil_gather(twice(4, a), twice(5, b))));
}

static __attribute__((noinline)) void overwrite_stack(void)
{
    volatile char waste[4096];
    for (size_t i = 0; i < sizeof waste; i++)
        waste[i] = 0x5a;
}

COIL_ASYNC(run_kept)
{
    int a = 0, b = 0, c = 0;
    coil_task *t = start(&a, &b);
    overwrite_stack();
    ck_assert_int_eq(coil_await(t), 0);
    ck_assert_int_eq(a * 100 + b, 406);
    t = start_nested(&a, &b, &c);
    overwrite_stack();
    ck_assert_int_eq(coil_await(t), 0);
    ck_assert_int_eq(a * 10000 + b * 100 + c, 81012);
    return 0;
}

START_TEST(a_gather_that_became_a_task_has_its_own_calls)
{
    runs = 0;
    ck_assert_int_eq(coil_run(run_kept()), 0);
    ck_assert_int_eq(runs, 5);
}
END_TEST

COIL_ASYNC(cancel_kept)
{
    int a = -1, b = -1, c = -1;
    coil_task *t = start_nested(&a, &b, &c);
    ck_assert_int_ge(coil_task_cancel(t), 0);
    ck_assert_int_eq(coil_await(t), -ECANCELED);
    ck_assert_int_eq(a + b + c, -3);
    return 0;
}

START_TEST(one_that_never_runs_gives_them_back)
{
    runs = 0;
    ck_assert_int_eq(coil_run(cancel_kept()), 0);
    ck_assert_int_eq(runs, 0);
}
END_TEST

COIL_ASYNC(gather_joined_twice)
{
    int out = 0;
    coil_task *t = coil_task_ref(coil_create_task(twice(7, &out)));
    const coil_call joined = COIL_CALL(coil_await(t));
    int first = coil_gather_n(&joined, 1, NULL), second = coil_gather_n(&joined, 1, NULL);
    coil_task_unref(t);
    ck_assert_int_eq(out, 14);
    ck_assert_int_eq(first, 0);
    return second;
}

TEST_IN_THREAD(a_call_that_joins_a_task_is_used_up_too)
{
    ck_assert_int_eq(coil_run(gather_joined_twice()), -COIL_ECALLUSED);
    return arg;
}

int main(void)
{
    TCase *t = tcase_create("gather_kept");
    tcase_add_test(t, a_gather_that_became_a_task_has_its_own_calls);
    tcase_add_test(t, one_that_never_runs_gives_them_back);
    tcase_add_test(t, a_call_that_joins_a_task_is_used_up_too);
    return test_main("gather_kept", t);
}

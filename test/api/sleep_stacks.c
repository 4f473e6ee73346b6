/* Stacks that sleep: everything on them is there again when the task goes on, is cancelled or destroyed; and who may ask for it. */
#include <coil.h>
#include <errno.h>
#include <fenv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "sleep_stacks.h"

/* ---------------------------------------------------------------- what lives there ---- */

enum { MANY = 1000 };

static coil_future *go;

static uint64_t mix(uint64_t x)
{
    x ^= x >> 31;
    return x * 0x9e3779b97f4a7c15ull;
}

/* Frames with locals of their own, down to a wait. */
__attribute__((noinline)) static uint64_t descend(int depth, uint64_t seed, int *ret_err)
{
    uint64_t here[4];
    double half = (double)(seed % 1000) / 2;
    for (int i = 0; i < 4; i++)
        here[i] = mix(seed + (uint64_t)i);
    uint64_t below = 0;
    if (depth > 0)
        below = descend(depth - 1, seed + 7, ret_err);
    else
        *ret_err = coil_future_await(go, NULL);
    for (int i = 0; i < 4; i++)
        if (here[i] != mix(seed + (uint64_t)i))
            *ret_err = -EFAULT;
    return below + here[3] + (uint64_t)(half * 2);
}

static uint64_t expected(int depth, uint64_t seed)
{
    uint64_t sum = 0;
    for (int i = 0; i <= depth; i++, seed += 7)
        sum += mix(seed + 3) + seed % 1000;
    return sum;
}

COIL_ASYNC(keeps, (int, depth), (int, seed), (int, rounding))
{
    int err = 0;
    fesetround(rounding);
    uint64_t sum = descend(depth, (uint64_t)seed, &err);
    ck_assert_int_eq(fegetround(), rounding);
    fesetround(FE_TONEAREST);
    ck_assert(err < 0 || sum == expected(depth, (uint64_t)seed));
    return err < 0 ? err : seed;
}

COIL_ASYNC(many_keep)
{
    static coil_task *tasks[MANY];
    go = coil_future_new();
    for (int i = 0; i < MANY; i++)
        tasks[i] = coil_create_task(keeps(i % 10, i, i % 2 ? FE_UPWARD : FE_TONEAREST));
    int err = until_asleep(MANY);
    coil_future_set_result(go, NULL);
    for (int i = 0; i < MANY && err >= 0; i++) {
        err = coil_await(tasks[i]);
        ck_assert_int_eq(err, i);
    }
    coil_future_unref(go);
    return err;
}

START_TEST(a_thousand_tasks_find_their_frames_and_modes_as_they_left_them)
{
    ck_assert_int_ge(coil_run_with(many_keep(), &at_once), 0);
}
END_TEST

START_TEST(so_they_do_when_they_are_put_to_sleep_after_a_while)
{
    coil_loop_options options = {.sleep_stacks = 0.002};
    ck_assert_int_ge(coil_run_with(many_keep(), &options), 0);
}
END_TEST

COIL_ASYNC(too_much, (coil_event *, event))
{
    volatile uint64_t much[1000];
    for (int i = 0; i < 1000; i++)
        much[i] = mix((uint64_t)i + 1);
    int err = coil_event_wait(event);
    for (int i = 0; i < 1000; i++)
        ck_assert(much[i] == mix((uint64_t)i + 1));
    return err;
}

COIL_ASYNC(large_and_small)
{
    coil_event event;
    coil_event_init(&event);
    coil_task *large = coil_create_task(too_much(&event));
    go = coil_future_new();
    coil_task *small = coil_create_task(keeps(3, 1, FE_TONEAREST));
    int err = until_asleep(1);
    ck_assert_int_eq(coil_loop_stacks_asleep(coil_loop_running()), 1);
    coil_event_set(&event);
    coil_future_set_result(go, NULL);
    err = err < 0 ? err : coil_await(large);
    err = err < 0 ? err : coil_await(small);
    coil_future_unref(go);
    return err;
}

START_TEST(a_stack_with_much_on_it_stays_awake)
{
    ck_assert_int_ge(coil_run_with(large_and_small(), &at_once), 0);
}
END_TEST

/* ---------------------------------------------------------------- ends ---- */

COIL_ASYNC(tidies_up, (coil_event *, event), (int *, tidied))
{
    int err = coil_event_wait(event);
    int slept = coil_sleep(0.001);
    *tidied += slept == 0;
    return err;
}

COIL_ASYNC(cancels)
{
    enum { N = 50 };
    coil_event never;
    coil_task *tasks[N];
    int tidied = 0; /* on a stack that sleeps, too */
    coil_event_init(&never);
    for (int i = 0; i < N; i++)
        tasks[i] = coil_create_task(tidies_up(&never, &tidied));
    int err = until_asleep(N);
    for (int i = 0; i < N; i++)
        coil_task_cancel(tasks[i]);
    for (int i = 0; i < N && err >= 0; i++)
        ck_assert_int_eq(coil_await(tasks[i]), -ECANCELED);
    ck_assert_int_eq(tidied, N);
    return err;
}

START_TEST(a_cancellation_wakes_and_is_delivered)
{
    ck_assert_int_eq(coil_run_with(cancels(), &at_once), 0);
}
END_TEST

static int quiet(coil_loop *loop, const coil_exception_context *context, void *arg)
{
    (void)loop;
    (void)context;
    ++*(int *)arg;
    return 0;
}

COIL_ASYNC(starts_and_leaves, (coil_event *, never), (int *, tidied))
{
    for (int i = 0; i < 20; i++)
        ck_assert_int_eq(coil_spawn(tidies_up(never, tidied)), 0);
    return until_asleep(20);
}

START_TEST(a_loop_is_closed_while_stacks_sleep)
{
    static coil_event never;
    static int tidied;
    int told = 0;
    coil_loop *loop;
    coil_event_init(&never);
    ck_assert_int_eq(coil_loop_new(&at_once, &loop), 0);
    coil_loop_set_exception_handler(loop, quiet, &told);
    ck_assert_int_eq(coil_loop_run_until_complete(loop, starts_and_leaves(&never, &tidied)), 0);
    ck_assert_int_eq(coil_loop_stacks_asleep(loop), 20);
    ck_assert_int_eq(coil_loop_close(loop), 0);
    ck_assert_int_eq(told, 20); /* "destroyed but it is pending" */
    ck_assert_int_eq(tidied, 0);
    ck_assert_int_eq(coil_loop_stacks_asleep(loop), -COIL_ELOOPCLOSED);
}
END_TEST

/* ---------------------------------------------------------------- asking for it ---- */

COIL_ASYNC(nobody_sleeps)
{
    go = coil_future_new();
    coil_task *t = coil_create_task(keeps(2, 5, FE_TONEAREST));
    int err = coil_sleep(0.01);
    ck_assert_int_eq(coil_loop_stacks_asleep(coil_loop_running()), 0);
    coil_future_set_result(go, NULL);
    err = err < 0 ? err : coil_await(t);
    coil_future_unref(go);
    return err;
}

COIL_ASYNC(fails)
{
    return -EXDEV;
}

static void expect_of_environment(const char *text, int status)
{
    setenv("COIL_SLEEP_STACKS", text, 1);
    coil_loop *loop = NULL;
    int err = coil_loop_new(NULL, &loop);
    ck_assert_int_eq(err, status);
    if (err < 0)
        ck_assert(strstr(coil_error_message(err), "COIL_SLEEP_STACKS"));
    coil_loop_close(loop);
}

START_TEST(the_environment_says_when_and_the_program_may_say_never)
{
    const char *before = getenv("COIL_SLEEP_STACKS");
    char *kept = before ? strdup(before) : NULL;
    expect_of_environment("0", 0);
    expect_of_environment("2.5", 0);
    expect_of_environment("check", 0);
    expect_of_environment("check:0.5", 0);
    expect_of_environment("check:", -EINVAL);
    expect_of_environment("soon", -EINVAL);
    expect_of_environment("-1", -EINVAL);
    expect_of_environment("nan", -EINVAL);
    coil_loop_options nonsense = {.sleep_stacks = 1e12};
    coil_loop *loop;
    ck_assert_int_eq(coil_loop_new(&nonsense, &loop), -EINVAL);
    ck_assert_int_eq(coil_loop_stacks_asleep(NULL), -EINVAL);
    setenv("COIL_SLEEP_STACKS", "0", 1);
    coil_loop_options never = {.sleep_stacks = -1};
    ck_assert_int_eq(coil_run_with(nobody_sleeps(), &never), 5);
    unsetenv("COIL_SLEEP_STACKS");
    ck_assert_int_eq(coil_run(nobody_sleeps()), 5);
    ck_assert_int_eq(coil_run(fails()), -EXDEV); /* without a message: the last one goes */
    if (kept)
        setenv("COIL_SLEEP_STACKS", kept, 1);
    free(kept);
}
END_TEST

int main(void)
{
    if (!stacks_can_sleep())
        return 77;
    TCase *t = tcase_create("sleep_stacks");
    tcase_add_test(t, a_thousand_tasks_find_their_frames_and_modes_as_they_left_them);
    tcase_add_test(t, so_they_do_when_they_are_put_to_sleep_after_a_while);
    tcase_add_test(t, a_stack_with_much_on_it_stays_awake);
    tcase_add_test(t, a_cancellation_wakes_and_is_delivered);
    tcase_add_test(t, a_loop_is_closed_while_stacks_sleep);
    tcase_add_test(t, the_environment_says_when_and_the_program_may_say_never);
    return test_main("sleep_stacks", t);
}

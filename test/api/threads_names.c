/* The numbers in the automatic names of tasks: one sequence while one loop runs, never the same one twice. */
#include <coil.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness.h"

enum { LOOPS = 4, TASKS = 1000 };

COIL_ASYNC(nothing)
{
    return 0;
}

static int number_of(coil_task *t)
{
    int n = -1;
    ck_assert_int_eq(sscanf(coil_task_name(t), "Task-%d", &n), 1);
    return n;
}

COIL_ASYNC(two_tasks, (int *, numbers))
{
    int err = 0;
    for (int i = 0; i < 2 && err >= 0; i++) {
        coil_task *t = coil_create_task(nothing());
        numbers[i] = number_of(t);
        err = coil_await(t);
    }
    return err;
}

/* With a second thread in the process, and with two loops of which one runs at a time. */
COIL_ASYNC(takes_turns, (int *, numbers))
{
    int err = coil_to_thread(nothing());
    return err < 0 ? err : two_tasks(numbers);
}

START_TEST(loops_that_run_one_after_the_other_go_on_with_the_numbers)
{
    coil_loop *a, *b;
    int numbers[6];
    ck_assert_int_eq(coil_loop_new(NULL, &a), 0);
    ck_assert_int_eq(coil_loop_new(NULL, &b), 0);
    ck_assert_int_eq(coil_loop_run_until_complete(a, takes_turns(numbers)), 0);
    ck_assert_int_eq(coil_loop_run_until_complete(b, two_tasks(numbers + 2)), 0);
    ck_assert_int_eq(coil_loop_run_until_complete(a, two_tasks(numbers + 4)), 0);
    for (int i = 1; i < 6; i++) /* the main task of a run has a number, too */
        ck_assert_int_eq(numbers[i], numbers[i - 1] + (i % 2 ? 1 : 2));
    coil_loop_close(b);
    ck_assert_int_eq(coil_loop_shutdown(a), 0);
    coil_loop_close(a);
}
END_TEST

static void *runs_a_loop(void *numbers)
{
    ck_assert_int_eq(coil_run(two_tasks(numbers)), 0);
    return NULL;
}

/* Blocks while the other one runs, so nobody else makes tasks. */
COIL_ASYNC(lets_another_run, (int *, numbers))
{
    pthread_t thread;
    int err = two_tasks(numbers);
    if (err >= 0)
        err = coil_sleep(0.1); /* so long that the loop sleeps, also under Valgrind */
    ck_assert_int_eq(pthread_create(&thread, NULL, runs_a_loop, numbers + 2), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    return err < 0 ? err : two_tasks(numbers + 4);
}

START_TEST(a_loop_that_runs_where_another_one_has_slept_goes_on_with_its_numbers)
{
    int numbers[6];
    ck_assert_int_eq(coil_run(lets_another_run(numbers)), 0);
    static const int steps[] = {0, 1, 2, 1, 3, 1}; /* a main task, and two at the end of a run */
    for (int i = 1; i < 6; i++)
        ck_assert_int_eq(numbers[i], numbers[i - 1] + steps[i]);
}
END_TEST

COIL_ASYNC(makes_a_hundred, (int *, numbers))
{
    int err = 0;
    for (int i = 0; i < 100 && err >= 0; i++) {
        coil_task *t = coil_create_task(nothing());
        numbers[i] = number_of(t);
        err = i % 30 == 7 ? coil_sleep(0.001) : 0;
        if (err >= 0)
            err = coil_await(t);
    }
    return err;
}

START_TEST(a_loop_that_sleeps_now_and_then_skips_no_number)
{
    int numbers[200];
    ck_assert_int_eq(coil_run(makes_a_hundred(numbers)), 0);
    ck_assert_int_eq(coil_run(makes_a_hundred(numbers + 100)), 0);
    for (int i = 1; i < 200; i++)
        ck_assert_int_eq(numbers[i], numbers[i - 1] + (i == 100 ? 4 : 1));
}
END_TEST

static int found[LOOPS * TASKS];
static int next_row;

COIL_ASYNC(many_tasks)
{
    int *row = found + __atomic_fetch_add(&next_row, 1, __ATOMIC_RELAXED) * TASKS, err = 0;
    for (int i = 0; i < TASKS && err >= 0; i++) {
        coil_task *t = coil_create_task(nothing());
        row[i] = number_of(t);
        err = coil_await(t);
    }
    return err;
}

static int by_number(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

START_TEST(no_two_tasks_of_loops_that_run_side_by_side_have_the_same_number)
{
    ck_assert_int_eq(coil_run_threads(LOOPS, many_tasks()), 0);
    qsort(found, LOOPS * TASKS, sizeof *found, by_number);
    for (int i = 1; i < LOOPS * TASKS; i++)
        ck_assert_int_lt(found[i - 1], found[i]);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("threads_names");
    tcase_add_test(t, loops_that_run_one_after_the_other_go_on_with_the_numbers);
    tcase_add_test(t, a_loop_that_runs_where_another_one_has_slept_goes_on_with_its_numbers);
    tcase_add_test(t, a_loop_that_sleeps_now_and_then_skips_no_number);
    tcase_add_test(t, no_two_tasks_of_loops_that_run_side_by_side_have_the_same_number);
    return test_main("threads_names", t);
}

/* Several pools at once: each has its own queue and its own end; and one pool serves several loops. */
#include <check.h>
#include <stdatomic.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"
#include "in_thread.h"

static atomic_int let_go;

/* Keeps its thread until it is let go. */
static COIL_ASYNC(occupy, (int, ret, out))
{
    while (!atomic_load(&let_go))
        usleep(200);
    *ret = 1;
    return 0;
}

static COIL_ASYNC(double_it, (int, n), (int, ret, out))
{
    *ret = 2 * n;
    return n;
}

struct number {
    int n;
};

COIL_REMOTE(square, (struct number, in), (struct number, out))
{
    out->n = in->n * in->n;
    return 0;
}

/* ---------------------------------------------------------------- several pools, one loop ---- */

static COIL_ASYNC(use_four)
{
    coil_pool *busy, *other, *processes;
    int first = 0, second = 0, third = 0, own = 0;
    struct number in = {7}, out = {0};
    atomic_store(&let_go, 0);
    ck_assert_int_eq(coil_thread_pool_new(1, &busy), 0);
    ck_assert_int_eq(coil_thread_pool_new(2, &other), 0);
    ck_assert_int_eq(coil_process_pool_new(1, &processes), 0);
    coil_future *held = coil_run_in_executor(busy, occupy(&first));
    coil_future *behind = coil_run_in_executor(busy, double_it(1, &second));
    coil_future *beside = coil_run_in_executor(other, double_it(2, &third));
    coil_future *remote = coil_run_in_executor(processes, square(&in, &out));
    coil_future *usual = coil_run_in_executor(NULL, double_it(3, &own));
    /* whoever is in another pool does not wait for the busy one */
    ck_assert_int_eq(coil_future_await(beside, NULL), 2);
    ck_assert_int_eq(coil_future_await(remote, NULL), 0);
    ck_assert_int_eq(coil_future_await(usual, NULL), 3);
    ck_assert_int_eq(third + own + out.n, 4 + 6 + 49);
    ck_assert_int_eq(coil_future_done(held), 0);
    ck_assert_int_eq(coil_future_done(behind), 0);
    /* one that is shut down leaves the others alone */
    ck_assert_int_eq(coil_pool_shutdown(other), 0);
    ck_assert_int_eq(coil_pool_run(other, double_it(1, &third)), -COIL_EPOOLSHUTDOWN);
    ck_assert_int_eq(coil_pool_run(processes, square(&in, &out)), 0);
    ck_assert_int_eq(coil_to_thread(double_it(5, &own)), 5);
    atomic_store(&let_go, 1);
    ck_assert_int_eq(coil_future_await(held, NULL), 0);
    ck_assert_int_eq(coil_future_await(behind, NULL), 1);
    ck_assert_int_eq(first + second, 1 + 2);
    coil_future *all[] = {held, behind, beside, remote, usual};
    for (int i = 0; i < 5; i++)
        coil_future_unref(all[i]);
    coil_pool_free(busy);
    coil_pool_free(other);
    coil_pool_free(processes);
    return 0;
}

TEST_IN_THREAD(a_busy_pool_holds_up_no_other_one_and_each_ends_alone)
{
    ck_assert_int_eq(coil_run(use_four()), 0);
    return arg;
}

/* ---------------------------------------------------------------- one pool, several loops ---- */

enum { LOOPS = 3, JOBS = 40 };

static coil_pool *shared, *shared_processes;

static COIL_ASYNC(use_shared)
{
    int results[JOBS], err = 0;
    coil_call calls[JOBS];
    struct number in = {coil_thread_index() + 2}, out = {0};
    for (int i = 0; i < JOBS; i++)
        calls[i] =
            COIL_CALL(coil_pool_run(shared, double_it(100 * coil_thread_index() + i, &results[i])));
    err = coil_gather_n(calls, JOBS, NULL);
    for (int i = 0; i < JOBS && err >= 0; i++)
        err = results[i] == 2 * (100 * coil_thread_index() + i) ? 0 : -EBADMSG;
    if (err >= 0)
        err = coil_pool_run(shared_processes, square(&in, &out));
    return err < 0 ? err : out.n == in.n * in.n ? 0 : -EBADMSG;
}

START_TEST(a_pool_serves_several_loops_and_each_gets_its_own_results)
{
    ck_assert_int_eq(coil_thread_pool_new(2, &shared), 0);
    ck_assert_int_eq(coil_process_pool_new(2, &shared_processes), 0);
    ck_assert_int_eq(coil_run_threads(LOOPS, use_shared()), 0);
    coil_pool_free(shared_processes);
    coil_pool_free(shared);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("several pools");
    tcase_add_test(t, a_busy_pool_holds_up_no_other_one_and_each_ends_alone);
    tcase_add_test(t, a_pool_serves_several_loops_and_each_gets_its_own_results);
    return test_main("several pools", t);
}

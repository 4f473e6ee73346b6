/* Jobs that their loop waits for itself, because an idle worker had them at once: whatever else may happen to such a job. */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"
#include "processes_flags.h"

enum what { QUICK, WAIT, FAIL, DIE, DIE_AND_LEAVE_A_CHILD, SAY_NONSENSE };

struct order {
    coil_bytes flags;
    enum what what;
};
struct heap_of_bytes {
    unsigned char bytes[600 * 1024]; /* more than a socket takes at once */
};

COIL_REMOTE(obey, (struct order, in), (int, out))
{
    static const char nonsense[] = "that is longer than the head of an answer";
    if (in->what == WAIT) {
        begin_and_wait(&in->flags, 1);
    } else if (in->what == DIE) {
        raise(SIGKILL);
    } else if (in->what == DIE_AND_LEAVE_A_CHILD) {
        if (fork() == 0) { /* it holds the worker's socket */
            nanosleep(&(struct timespec){2, 0}, NULL);
            _exit(0);
        }
        _exit(5);
    } else if (in->what == SAY_NONSENSE) {
        coil_ignore((int)send(3, nonsense, sizeof nonsense, 0));
    }
    *out = (int)in->what + 100;
    return in->what == FAIL ? coil_fail(-ERANGE, "as I was told") : 0;
}

COIL_REMOTE(fill, (int, in), (struct heap_of_bytes, out))
{
    memset(out->bytes, *in, sizeof out->bytes);
    return 0;
}

static struct order new_order(enum what what)
{
    return (struct order){.flags = new_flags(), .what = what};
}

static int run_one(coil_pool *pool, enum what what)
{
    struct order o = new_order(what);
    int out = 0, err = coil_pool_run(pool, obey(&o, &out));
    ck_assert_int_eq(out, err >= 0 ? (int)what + 100 : 0);
    coil_bytes_free(&o.flags);
    return err;
}

/* With one worker, which has nothing to do. */
static coil_pool *idle_pool(void)
{
    coil_pool *pool;
    ck_assert_int_eq(coil_process_pool_new(1, &pool), 0);
    ck_assert_int_eq(run_one(pool, QUICK), 0);
    return pool;
}

COIL_ASYNC(ends, (enum what, what), (int, expected), (const char *, text))
{
    coil_pool *pool = idle_pool();
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(run_one(pool, QUICK), 0);
        ck_assert_int_eq(run_one(pool, what), expected);
        if (strstr(coil_error_message(expected), text) == NULL)
            ck_abort_msg("%s: no %s", coil_error_message(expected), text);
    }
    ck_assert_int_eq(run_one(pool, QUICK), 0);
    coil_pool_free(pool);
    return 0;
}

START_TEST(however_a_job_ends_its_loop_learns_it)
{
    static const struct {
        enum what what;
        int expected;
        const char *text;
    } cases[] = {{FAIL, -ERANGE, "as I was told"},
                 {DIE, -COIL_EBROKENPOOL, "SIGKILL"},
                 {DIE_AND_LEAVE_A_CHILD, -COIL_EBROKENPOOL, "status 5"},
                 {SAY_NONSENSE, 0, ""}}; /* not where the answer is */
    ck_assert_int_eq(coil_run(ends(cases[_i].what, cases[_i].expected, cases[_i].text)), 0);
}
END_TEST

COIL_ASYNC(much)
{
    static struct heap_of_bytes out;
    coil_pool *pool = idle_pool();
    for (int n = 1; n < 5; n++) {
        ck_assert_int_eq(coil_pool_run(pool, fill(&n, &out)), 0);
        for (size_t i = 0; i < sizeof out.bytes; i++)
            if (out.bytes[i] != n)
                ck_abort_msg("byte %zu of answer %d", i, n);
    }
    coil_pool_free(pool);
    return 0;
}

START_TEST(an_answer_in_pieces_arrives_whole)
{
    ck_assert_int_eq(coil_run(much()), 0);
}
END_TEST

COIL_ASYNC(long_job, (double, seconds))
{
    coil_pool *pool = idle_pool();
    struct order o = new_order(WAIT);
    int out = 0;
    coil_task *t = coil_create_task(coil_pool_run(pool, obey(&o, &out)));
    ck_assert_int_eq(coil_sleep(seconds), 0);
    let_go(&o.flags);
    ck_assert_int_eq(coil_await(t), 0);
    ck_assert_int_eq(out, WAIT + 100);
    coil_pool_free(pool);
    coil_bytes_free(&o.flags);
    return 0;
}

START_TEST(a_job_may_take_long)
{
    ck_assert_int_eq(coil_run(long_job(_i * 0.03)), 0);
}
END_TEST

/* The pool's end is waited for without a turn of the loop between. */
COIL_ASYNC(end_of_the_pool, (int, freed))
{
    coil_pool *pool = idle_pool();
    struct order o = new_order(WAIT);
    int out = 0;
    coil_future *f = coil_run_in_executor(pool, obey(&o, &out));
    wait_for(o.flags.data);
    let_go(&o.flags);
    if (freed)
        coil_pool_free(pool);
    else
        ck_assert_int_eq(coil_pool_shutdown(pool), 0);
    ck_assert_int_eq(coil_future_await(f, NULL), 0);
    ck_assert_int_eq(out, WAIT + 100);
    coil_future_unref(f);
    if (!freed)
        coil_pool_free(pool);
    coil_bytes_free(&o.flags);
    return 0;
}

START_TEST(the_end_of_the_pool_waits_for_a_job_that_its_own_loop_holds)
{
    ck_assert_int_eq(coil_run(end_of_the_pool(_i)), 0);
}
END_TEST

COIL_ASYNC(leave_a_job, (coil_pool *, pool), (struct order *, o), (int *, out))
{
    ck_assert_int_eq(run_one(pool, QUICK), 0);
    coil_future_unref(coil_run_in_executor(pool, obey(o, out)));
    return 0;
}

START_TEST(a_loop_may_close_while_it_holds_a_job)
{
    coil_pool *pool;
    int out = 0;
    struct order o = {.what = QUICK};
    ck_assert_int_eq(coil_process_pool_new(1, &pool), 0);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(coil_run(leave_a_job(pool, &o, &out)), 0);
    coil_pool_free(pool);
    ck_assert(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}
END_TEST

COIL_ASYNC(quick_ones, (coil_pool *, pool))
{
    for (int i = 0; i < 20; i++)
        ck_assert_int_eq(run_one(pool, QUICK), 0);
    return 0;
}

static void *in_another_loop(void *pool)
{
    ck_assert_int_eq(coil_run(quick_ones(pool)), 0);
    return NULL;
}

START_TEST(a_loop_that_does_not_run_keeps_no_worker_from_others)
{
    coil_pool *pool;
    coil_runner *runner;
    pthread_t other;
    int out = 0;
    struct order o = {.what = QUICK};
    ck_assert_int_eq(coil_process_pool_new(1, &pool), 0);
    ck_assert_int_eq(coil_runner_new(NULL, &runner), 0);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(coil_runner_run(runner, leave_a_job(pool, &o, &out)), 0);
        ck_assert_int_eq(pthread_create(&other, NULL, in_another_loop, pool), 0);
        ck_assert_int_eq(pthread_join(other, NULL), 0);
    }
    ck_assert_int_eq(coil_runner_run(runner, quick_ones(pool)), 0);
    coil_pool_free(pool);
    ck_assert_int_eq(coil_runner_close(runner), 0);
    coil_runner_free(runner);
}
END_TEST

/* The worker watches, too, and falls asleep where nothing comes. */
COIL_ASYNC(watched_ones, (coil_pool *, pool))
{
    int err = coil_loop_set_spin(coil_loop_running(), 200e-6);
    for (int round = 0; round < 3 && err >= 0; round++) {
        for (int i = 0; i < 100; i++)
            ck_assert_int_eq(run_one(pool, QUICK), 0);
        err = coil_sleep(0.005);
    }
    return err;
}

START_TEST(jobs_come_back_while_loop_and_worker_watch)
{
    coil_pool *pool;
    ck_assert_int_eq(coil_process_pool_new(1, &pool), 0);
    ck_assert_int_eq(coil_run(watched_ones(pool)), 0);
    coil_pool_free(pool);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("processes_held");
    tcase_add_loop_test(t, however_a_job_ends_its_loop_learns_it, 0, 4);
    tcase_add_test(t, an_answer_in_pieces_arrives_whole);
    tcase_add_test(t, jobs_come_back_while_loop_and_worker_watch);
    tcase_add_loop_test(t, a_job_may_take_long, 0, 2);
    tcase_add_loop_test(t, the_end_of_the_pool_waits_for_a_job_that_its_own_loop_holds, 0, 2);
    tcase_add_test(t, a_loop_may_close_while_it_holds_a_job);
    tcase_add_test(t, a_loop_that_does_not_run_keeps_no_worker_from_others);
    return test_main("processes_held", t);
}

/* Small jobs for idle workers, which travel through memory that the two share: of every size around what it has room for, and however they
 * end. What a worker may write there is in processes_mad.c. */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"
#include "processes_flags.h"

enum { TEXT = 1500 };

/* ---------------------------------------------------------------- jobs ---- */

#define JOB(name, in_size, out_size)                                                          \
    struct name##_in {                                                                        \
        unsigned char bytes[in_size];                                                         \
    };                                                                                        \
    struct name##_out {                                                                       \
        unsigned char bytes[out_size];                                                        \
    };                                                                                        \
    COIL_REMOTE(name, (struct name##_in, in), (struct name##_out, out))                       \
    {                                                                                         \
        return answer(in->bytes, sizeof in->bytes, out->bytes, sizeof out->bytes);            \
    }                                                                                         \
    COIL_ASYNC(try_##name, (coil_pool *, pool), (int, seed))                                  \
    {                                                                                         \
        static struct name##_in in;                                                           \
        static struct name##_out out;                                                         \
        fill(in.bytes, sizeof in.bytes, seed);                                                \
        int err = coil_pool_run(pool, name(&in, &out));                                       \
        return err < 0 ? err : check(in.bytes, sizeof in.bytes, out.bytes, sizeof out.bytes); \
    }

static void fill(unsigned char *bytes, size_t n, int seed)
{
    for (size_t i = 0; i < n; i++)
        bytes[i] = (unsigned char)(i * 7 + (size_t)seed);
}

static unsigned char sum(const unsigned char *bytes, size_t n)
{
    unsigned char s = 1;
    for (size_t i = 0; i < n; i++)
        s = (unsigned char)(s * 3 + bytes[i]);
    return s;
}

/* The output is all zeros before. */
static int answer(const unsigned char *in, size_t in_size, unsigned char *out, size_t out_size)
{
    for (size_t i = 0; i < out_size; i++)
        if (out[i] != 0)
            return -EBADMSG;
    fill(out, out_size, sum(in, in_size));
    return 0;
}

static int check(const unsigned char *in, size_t in_size, const unsigned char *out, size_t out_size)
{
    for (size_t i = 0; i < out_size; i++)
        if (out[i] != (unsigned char)(i * 7 + sum(in, in_size)))
            return -EBADMSG;
    return 0;
}

JOB(byte, 1, 1)
JOB(odd, 13, 3)
JOB(last_that_fits, 1, 8048)
JOB(aligned, 16, 8048)
JOB(one_too_many, 17, 8048)
JOB(much_in, 8048, 16)
JOB(too_much_in, 8048, 17)
JOB(half_each, 4032, 4032)
JOB(answer_larger_than_the_slot, 8, 20000)
JOB(question_larger_than_the_slot, 20000, 8)

enum what { QUICK, FAIL_LONG, DIE, WAIT, WAIT_AND_FAIL };
struct order {
    coil_bytes flags;
    enum what what;
};
struct told {
    pid_t pid;
    int what;
};

COIL_REMOTE(obey, (struct order, in), (struct told, out))
{
    char text[TEXT];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    if (in->what == DIE)
        raise(SIGKILL);
    if (in->what >= WAIT)
        begin_and_wait(&in->flags, 1);
    *out = (struct told){getpid(), (int)in->what};
    return in->what == FAIL_LONG || in->what == WAIT_AND_FAIL ? coil_fail(-ERANGE, "%s", text) : 0;
}

static struct order new_order(enum what what)
{
    return (struct order){.flags = new_flags(), .what = what};
}

/* Returns the worker's pid. */
static pid_t run_quick(coil_pool *pool)
{
    struct order o = {.what = QUICK};
    struct told out = {0, -1};
    ck_assert_int_eq(coil_pool_run(pool, obey(&o, &out)), 0);
    ck_assert_int_eq(out.what, QUICK);
    return out.pid;
}

static coil_pool *idle_pool(void)
{
    coil_pool *pool;
    ck_assert_int_eq(coil_process_pool_new(1, &pool), 0);
    run_quick(pool);
    return pool;
}

/* ---------------------------------------------------------------- sizes ---- */

COIL_ASYNC(all_sizes)
{
    coil_pool *pool = idle_pool();
    int err = 0;
    for (int i = 0; i < 8 && err >= 0; i++) {
        const coil_call calls[] = {
            COIL_CALL(try_byte(pool, i)),
            COIL_CALL(try_odd(pool, i)),
            COIL_CALL(try_last_that_fits(pool, i)),
            COIL_CALL(try_aligned(pool, i)),
            COIL_CALL(try_one_too_many(pool, i)),
            COIL_CALL(try_much_in(pool, i)),
            COIL_CALL(try_too_much_in(pool, i)),
            COIL_CALL(try_half_each(pool, i)),
            COIL_CALL(try_answer_larger_than_the_slot(pool, i)),
            COIL_CALL(try_question_larger_than_the_slot(pool, i)),
        };
        for (size_t k = 0; k < sizeof calls / sizeof *calls && err >= 0; k++)
            err = coil_gather_n(&calls[k], 1, NULL);
    }
    coil_pool_free(pool);
    return err;
}

START_TEST(jobs_of_every_size_around_the_slots_go_out_and_come_back)
{
    ck_assert_int_eq(coil_run(all_sizes()), 0);
}
END_TEST

/* ---------------------------------------------------------------- ends ---- */

COIL_ASYNC(fails_long, (enum what, what), (double, seconds))
{
    coil_pool *pool = idle_pool();
    struct order o = new_order(what);
    struct told out = {0, -1};
    coil_task *t = coil_create_task(coil_pool_run(pool, obey(&o, &out)));
    ck_assert_int_eq(coil_sleep(seconds), 0);
    let_go(&o.flags);
    ck_assert_int_eq(coil_await(t), -ERANGE);
    ck_assert_int_eq(out.what, -1);
    size_t n = strlen(coil_error_message(-ERANGE));
    ck_assert_uint_ge(n, 500);
    ck_assert_uint_lt(n, TEXT);
    ck_assert_ptr_nonnull(strstr(coil_error_get(-ERANGE)->file, "processes_slots.c"));
    run_quick(pool);
    coil_pool_free(pool);
    coil_bytes_free(&o.flags);
    return 0;
}

START_TEST(a_failure_says_why_at_length)
{
    ck_assert_int_eq(coil_run(fails_long(FAIL_LONG, 0)), 0);
}
END_TEST

START_TEST(a_failure_that_takes_long_says_it_too)
{
    ck_assert_int_eq(coil_run(fails_long(WAIT_AND_FAIL, 0.03)), 0);
}
END_TEST

/* It sleeps in its slot, where nobody sees it die. */
COIL_ASYNC(dead_when_asked, (unsigned, flags))
{
    coil_pool *pool;
    ck_assert_int_eq(coil_process_pool_new_with(1, flags, &pool), 0);
    for (int i = 0; i < 3; i++) {
        pid_t pid = run_quick(pool);
        ck_assert_int_eq(kill(pid, SIGKILL), 0);
        ck_assert_int_ne(run_quick(pool), pid);
    }
    coil_pool_free(pool);
    return 0;
}

START_TEST(a_worker_that_died_asleep_costs_no_job)
{
    ck_assert_int_eq(coil_run(dead_when_asked(_i ? COIL_POOL_BREAK_ON_CRASH : 0)), 0);
    ck_assert(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}
END_TEST

COIL_ASYNC(dies_with_a_job, (double, seconds))
{
    coil_pool *pool = idle_pool();
    struct order o = new_order(WAIT);
    struct told out = {0, -1};
    pid_t pid = run_quick(pool);
    coil_task *t = coil_create_task(coil_pool_run(pool, obey(&o, &out)));
    while (!*(volatile int *)o.flags.data)
        ck_assert_int_eq(coil_yield_now(), 0);
    ck_assert_int_eq(coil_sleep(seconds), 0);
    ck_assert_int_eq(kill(pid, SIGKILL), 0);
    ck_assert_int_eq(coil_await(t), -COIL_EBROKENPOOL);
    ck_assert_ptr_nonnull(strstr(coil_error_message(-COIL_EBROKENPOOL), "SIGKILL"));
    ck_assert_int_eq(out.what, -1);
    ck_assert_int_ne(run_quick(pool), pid);
    coil_pool_free(pool);
    coil_bytes_free(&o.flags);
    return 0;
}

START_TEST(a_worker_that_dies_with_a_job_fails_it)
{
    ck_assert_int_eq(coil_run(dies_with_a_job(_i * 0.03)), 0);
}
END_TEST

/* A job that is given away before the worker has looked at it is not run twice. */
COIL_ASYNC(stopped_worker)
{
    coil_pool *pool = idle_pool();
    struct order o = {.what = QUICK};
    struct told out = {0, -1};
    pid_t pid = run_quick(pool);
    ck_assert_int_eq(kill(pid, SIGSTOP), 0);
    coil_task *t = coil_create_task(coil_pool_run(pool, obey(&o, &out)));
    ck_assert_int_eq(coil_sleep(0.03), 0);
    ck_assert_int_eq(coil_task_done(t), 0);
    ck_assert_int_eq(kill(pid, SIGCONT), 0);
    ck_assert_int_eq(coil_await(t), 0);
    ck_assert_int_eq(out.pid, pid);
    ck_assert_int_eq(run_quick(pool), pid);
    coil_pool_free(pool);
    return 0;
}

START_TEST(a_worker_that_was_stopped_goes_on_with_the_job_it_was_given)
{
    ck_assert_int_eq(coil_run(stopped_worker()), 0);
}
END_TEST

/* ---------------------------------------------------------------- what else is said ---- */

/* The job before the last had said something that nobody asked for. */
COIL_REMOTE(chatters, (int, in), (int, out))
{
    *out = *in + 1;
    return write(3, "uninvited", 9) == 9 ? 0 : -EIO;
}

COIL_ASYNC(after_chatter, (enum what, what), (int, expected))
{
    coil_pool *pool = idle_pool();
    struct order o = new_order(what);
    struct told out = {0, -1};
    int n = 1;
    ck_assert_int_eq(coil_pool_run(pool, chatters(&n, &n)), 0);
    ck_assert_int_eq(n, 2);
    coil_task *t = coil_create_task(coil_pool_run(pool, obey(&o, &out)));
    ck_assert_int_eq(coil_sleep(0.03), 0);
    let_go(&o.flags);
    ck_assert_int_eq(coil_await(t), expected);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(coil_gather(try_question_larger_than_the_slot(pool, i)), 0);
    coil_pool_free(pool);
    coil_bytes_free(&o.flags);
    return 0;
}

START_TEST(what_a_job_says_uninvited_is_not_the_next_ones_answer)
{
    ck_assert_int_eq(coil_run(after_chatter(QUICK, 0)), 0);
    ck_assert_int_eq(coil_run(after_chatter(WAIT, 0)), 0);
    ck_assert_int_eq(coil_run(after_chatter(WAIT_AND_FAIL, -ERANGE)), 0);
}
END_TEST

/* ---------------------------------------------------------------- watching ---- */

COIL_ASYNC(many_watched)
{
    coil_pool *pool = idle_pool();
    ck_assert_int_eq(coil_loop_set_spin(coil_loop_running(), 200e-6), 0);
    pid_t worker = run_quick(pool);
    for (int i = 0; i < 200; i++) {
        if (i % 50 == 49) /* for once nothing comes while it watches */
            ck_assert_int_eq(coil_sleep(0.002), 0);
        ck_assert_int_eq(run_quick(pool), worker);
    }
    coil_pool_free(pool);
    return 0;
}

START_TEST(a_worker_that_watches_its_slot_misses_no_job)
{
    ck_assert_int_eq(coil_run(many_watched()), 0);
}
END_TEST

/* ---------------------------------------------------------------- loops ---- */

COIL_ASYNC(one_after_another, (int, n), (int *, ended))
{
    coil_pool *pool = idle_pool();
    for (int i = 0; i < n; i++)
        run_quick(pool);
    coil_pool_free(pool);
    *ended = 1;
    return 0;
}

static int start_jobs(void *ended)
{
    return coil_spawn(one_after_another(10, ended));
}

START_TEST(a_host_that_sleeps_on_the_loops_fd_is_told)
{
    coil_loop *loop;
    int ended = 0;
    ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
    ck_assert_int_eq(coil_call_soon_threadsafe(loop, start_jobs, &ended), 0);
    while (!ended) { /* the simulation does not sleep while it holds something back */
        double left = coil_loop_next_deadline(loop);
        struct pollfd fd = {.fd = coil_loop_fd(loop), .events = POLLIN};
        if (poll(&fd, 1, left > 10 ? 10000 : (int)(left * 1000 + 0.999)) == 0 && left > 10)
            break;
        ck_assert_int_ge(coil_loop_run_once(loop, 0), 0);
    }
    ck_assert_int_eq(ended, 1);
    ck_assert_int_eq(coil_loop_close(loop), 0);
}
END_TEST

/* Workers go from loop to loop, and now and then one dies. */
COIL_ASYNC(client, (coil_pool *, pool))
{
    for (int i = 0; i < 400; i++) {
        pid_t pid = run_quick(pool);
        if (i % 97 != 96)
            continue;
        struct order o = {.what = DIE};
        struct told out = {pid, -1};
        ck_assert_int_eq(coil_pool_run(pool, obey(&o, &out)), -COIL_EBROKENPOOL);
    }
    return 0;
}

COIL_ASYNC(two_clients, (coil_pool *, pool))
{
    return coil_gather(client(pool), client(pool));
}

static void *in_a_loop(void *pool)
{
    ck_assert_int_eq(coil_run(two_clients(pool)), 0);
    return NULL;
}

START_TEST(loops_that_share_workers_hear_each_its_own)
{
    coil_pool *pool;
    pthread_t threads[3];
    ck_assert_int_eq(coil_process_pool_new(2, &pool), 0);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, in_a_loop, pool), 0);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    coil_pool_free(pool);
}
END_TEST

COIL_ASYNC(then_sleep, (int *, ended))
{
    coil_pool *pool = idle_pool();
    run_quick(pool);
    *ended = 1;
    return coil_sleep(60);
}

/* Whoever holds the pipe's end is alive: the program, its fork server, its worker. */
START_TEST(a_worker_asleep_in_its_slot_ends_with_its_program)
{
    int ends[2], ended = 0;
    char c;
    ck_assert_int_eq(pipe(ends), 0);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], 1);
        coil_after_fork();
        close(ends[0]);
        close(ends[1]);
        alarm(20);
        coil_ignore((int)write(1, "x", 1));
        coil_ignore(coil_run(then_sleep(&ended)));
        _exit(0);
    }
    close(ends[1]);
    ck_assert_int_eq((int)read(ends[0], &c, 1), 1);
    nanosleep(&(struct timespec){0, 100000000}, NULL);
    ck_assert_int_eq(kill(pid, SIGKILL), 0);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    ck_assert_int_eq((int)read(ends[0], &c, 1), 0);
    close(ends[0]);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("processes_slots");
    tcase_add_test(t, jobs_of_every_size_around_the_slots_go_out_and_come_back);
    tcase_add_test(t, a_failure_says_why_at_length);
    tcase_add_test(t, a_failure_that_takes_long_says_it_too);
    tcase_add_loop_test(t, a_worker_that_died_asleep_costs_no_job, 0, 2);
    tcase_add_loop_test(t, a_worker_that_dies_with_a_job_fails_it, 0, 2);
    tcase_add_test(t, a_worker_that_was_stopped_goes_on_with_the_job_it_was_given);
    tcase_add_test(t, what_a_job_says_uninvited_is_not_the_next_ones_answer);
    tcase_add_test(t, a_worker_that_watches_its_slot_misses_no_job);
    tcase_add_test(t, a_host_that_sleeps_on_the_loops_fd_is_told);
    tcase_add_test(t, loops_that_share_workers_hear_each_its_own);
    tcase_add_test(t, a_worker_asleep_in_its_slot_ends_with_its_program);
    return test_main("processes_slots", t);
}

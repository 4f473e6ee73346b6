/* Processes: plain data out and back, crashes that cost one job, shared bytes, and nothing left behind. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"
#include "processes_flags.h"

struct number {
    int n;
};
struct places {
    int value;
    pid_t pid;
};

static int counter;

COIL_REMOTE(cube, (struct number, in), (struct places, out))
{
    if (in->n < 0)
        return coil_fail(-ERANGE, "%d is negative", in->n);
    counter++;
    *out = (struct places){in->n * in->n * in->n, getpid()};
    return in->n;
}

/* Says by a pipe-like buffer that it has begun, then waits for the word to end. */
struct meeting {
    coil_bytes flags; /* volatile int[2]: begun, go on */
    int sig;          /* dies by it, if not 0          */
};

COIL_REMOTE(meets, (struct meeting, in), (struct places, out))
{
    volatile int *flags = in->flags.data;
    flags[0] = getpid();
    if (in->sig)
        raise(in->sig);
    wait_for(&flags[1]);
    out->value = 1;
    return 0;
}

/* More than a socket takes at once. */
struct heap_of_bytes {
    unsigned char bytes[600 * 1024];
};

COIL_REMOTE(turns_over, (struct heap_of_bytes, in), (struct heap_of_bytes, out))
{
    for (size_t i = 0; i < sizeof in->bytes; i++)
        out->bytes[i] = (unsigned char)~in->bytes[i];
    return 0;
}

struct text {
    coil_bytes bytes;
};

COIL_REMOTE(shouts, (struct text, in), (struct text, out))
{
    int err = coil_bytes_new(in->bytes.size * 2, &out->bytes);
    if (err < 0)
        return err;
    const char *from = in->bytes.data;
    char *to = out->bytes.data;
    for (size_t i = 0; i < in->bytes.size; i++)
        to[i] = to[i + in->bytes.size] = (char)(from[i] ^ 0x20);
    return 0;
}

COIL_ASYNC(no_remote)
{
    return 0;
}

static int zombies_and_children(void)
{
    return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD ? 0 : 1;
}

static int wait_flag(const coil_bytes *flags)
{
    int err = 0;
    while (err >= 0 && !*(volatile int *)flags->data)
        err = coil_sleep(0.001);
    return err;
}

static struct meeting new_meeting(int sig)
{
    return (struct meeting){.flags = new_flags(), .sig = sig};
}

COIL_ASYNC(results)
{
    coil_pool *pool;
    ck_assert_int_eq(coil_process_pool_new(2, &pool), 0);
    struct number in[4] = {{1}, {2}, {3}, {-1}};
    struct places out[4] = {{0}};
    ck_assert_int_eq(coil_gather(coil_pool_run(pool, cube(&in[0], &out[0])),
                                 coil_pool_run(pool, cube(&in[1], &out[1])),
                                 coil_pool_run(pool, cube(&in[2], &out[2]))),
                     0);
    ck_assert_int_eq(out[0].value + out[1].value * 100 + out[2].value * 10000, 270801);
    ck_assert_int_ne(out[0].pid, getpid());
    ck_assert_int_eq(counter, 0);
    ck_assert_int_eq(coil_pool_run(pool, cube(&in[3], &out[3])), -ERANGE);
    ck_assert_str_eq(coil_error_message(-ERANGE), "-1 is negative");
    ck_assert_int_eq(out[3].value, 0);
    coil_future *f = coil_run_in_executor(pool, cube(&in[2], &out[3]));
    ck_assert_int_eq(coil_future_await(f, NULL), 3);
    ck_assert_int_eq(out[3].value, 27);
    coil_future_unref(f);
    ck_assert_int_eq(coil_pool_run(pool, no_remote()), -EINVAL);
    ck_assert_int_eq(coil_pool_run(pool, cube(NULL, &out[3])), -EINVAL);
    ck_assert_int_eq(coil_process_pool_new(-1, &pool), -EINVAL);
    ck_assert_int_eq(coil_pool_shutdown(pool), 0);
    ck_assert_int_eq(coil_pool_run(pool, cube(&in[0], NULL)), -COIL_EPOOLSHUTDOWN);
    coil_pool_free(pool);
    return 0;
}

START_TEST(results_come_in_order_from_memory_that_is_not_ours)
{
    ck_assert_int_eq(coil_run(results()), 0);
    ck_assert_int_eq(zombies_and_children(), 0);
}
END_TEST

COIL_ASYNC(crash_beside)
{
    coil_pool *pool;
    ck_assert_int_eq(coil_process_pool_new(2, &pool), 0);
    struct meeting lives = new_meeting(0), dies = new_meeting(0), aborts = new_meeting(SIGABRT);
    struct places a = {0}, b = {7, 7};
    coil_task *t = coil_create_task(coil_pool_run(pool, meets(&lives, &a)));
    coil_task *u = coil_create_task(coil_pool_run(pool, meets(&dies, &b)));
    ck_assert_int_eq(wait_flag(&lives.flags), 0);
    ck_assert_int_eq(wait_flag(&dies.flags), 0);
    ck_assert_int_eq(kill(*(int *)dies.flags.data, SIGKILL), 0);
    ck_assert_int_eq(coil_await(u), -COIL_EBROKENPOOL);
    ck_assert_ptr_nonnull(strstr(coil_error_message(-COIL_EBROKENPOOL), "SIGKILL"));
    ck_assert_ptr_nonnull(strstr(coil_error_message(-COIL_EBROKENPOOL), "meets()"));
    ck_assert_int_eq(b.value, 7);
    ck_assert_int_eq(coil_pool_run(pool, meets(&aborts, &b)), -COIL_EBROKENPOOL);
    ck_assert_ptr_nonnull(strstr(coil_error_message(-COIL_EBROKENPOOL), "SIGABRT"));
    ck_assert_int_eq(coil_pool_run(pool, cube(&(struct number){2}, &b)), 2);
    ck_assert_int_eq(b.value, 8);
    let_go(&lives.flags);
    ck_assert_int_eq(coil_await(t), 0);
    ck_assert_int_eq(a.value, 1);
    /* a worker that dies with nothing to do costs no job */
    ck_assert_int_eq(coil_pool_run(pool, cube(&(struct number){1}, &a)), 1);
    kill(a.pid, SIGKILL);
    coil_pool_free(pool);
    coil_bytes_free(&lives.flags);
    coil_bytes_free(&dies.flags);
    coil_bytes_free(&aborts.flags);
    return 0;
}

START_TEST(a_crash_fails_its_own_job_by_name_and_the_worker_is_replaced)
{
    prctl(PR_SET_DUMPABLE, 0);
    ck_assert_int_eq(coil_run(crash_beside()), 0);
    ck_assert_int_eq(zombies_and_children(), 0);
}
END_TEST

COIL_ASYNC(broken)
{
    coil_pool *pool;
    ck_assert_int_eq(coil_process_pool_new_with(2, COIL_POOL_BREAK_ON_CRASH, &pool), 0);
    struct meeting waits = new_meeting(0), dies = new_meeting(SIGKILL);
    coil_task *t = coil_create_task(coil_pool_run(pool, meets(&waits, NULL)));
    ck_assert_int_eq(wait_flag(&waits.flags), 0);
    ck_assert_int_eq(coil_pool_run(pool, meets(&dies, NULL)), -COIL_EBROKENPOOL);
    ck_assert_int_eq(coil_await(t), -COIL_EBROKENPOOL);
    ck_assert_int_eq(coil_pool_run(pool, cube(&(struct number){2}, NULL)), -COIL_EBROKENPOOL);
    coil_pool_free(pool);
    coil_bytes_free(&waits.flags);
    coil_bytes_free(&dies.flags);
    return 0;
}

START_TEST(break_on_crash_takes_the_whole_pool_down)
{
    ck_assert_int_eq(coil_run(broken()), 0);
}
END_TEST

COIL_ASYNC(cancel_queued)
{
    coil_pool *pool;
    ck_assert_int_eq(coil_process_pool_new(1, &pool), 0);
    struct meeting one = new_meeting(0), two = new_meeting(0);
    coil_task *first = coil_create_task(coil_pool_run(pool, meets(&one, NULL)));
    ck_assert_int_eq(wait_flag(&one.flags), 0);
    coil_task *second = coil_create_task(coil_pool_run(pool, meets(&two, NULL)));
    ck_assert_int_eq(coil_yield_now(), 0);
    coil_task_cancel(second);
    ck_assert_int_eq(coil_await(second), -ECANCELED);
    coil_task_cancel(first);
    ck_assert_int_eq(coil_yield_now(), 0);
    ck_assert_int_eq(coil_task_done(first), 0);
    let_go(&one.flags);
    ck_assert_int_eq(coil_await(first), -ECANCELED);
    coil_pool_free(pool);
    ck_assert_int_eq(*(int *)two.flags.data, 0);
    coil_bytes_free(&one.flags);
    coil_bytes_free(&two.flags);
    return 0;
}

START_TEST(a_queued_job_is_dropped_and_a_running_one_waited_for)
{
    ck_assert_int_eq(coil_run(cancel_queued()), 0);
}
END_TEST

COIL_ASYNC(cancel_begun)
{
    coil_pool *pool;
    struct places warm;
    ck_assert_int_eq(coil_process_pool_new(1, &pool), 0);
    ck_assert_int_eq(coil_pool_run(pool, cube(&(struct number){2}, &warm)), 2);
    struct meeting one = new_meeting(0);
    coil_task *t = coil_create_task(coil_pool_run(pool, meets(&one, NULL)));
    ck_assert_int_eq(coil_yield_now(),
                     0); /* the idle worker has it by now, whatever its thread does */
    coil_task_cancel(t);
    ck_assert_int_eq(coil_yield_now(), 0);
    ck_assert_int_eq(coil_task_done(t), 0);
    let_go(&one.flags);
    ck_assert_int_eq(coil_await(t), -ECANCELED);
    ck_assert_int_ne(*(int *)one.flags.data, 0); /* it ran */
    coil_pool_free(pool);
    coil_bytes_free(&one.flags);
    return 0;
}

START_TEST(a_job_that_an_idle_worker_was_given_runs_to_its_end)
{
    ck_assert_int_eq(coil_run(cancel_begun()), 0);
}
END_TEST

enum { CLIENTS = 6, ROUNDS = 60 };
static pid_t seen[8];
static int n_seen;

COIL_ASYNC(client, (coil_pool *, pool), (int, number))
{
    for (int i = 0; i < ROUNDS; i++) {
        struct places p = {0};
        int err = coil_pool_run(pool, cube(&(struct number){i}, &p));
        if (err < 0)
            return err;
        ck_assert_int_eq(p.value, i * i * i);
        int known = 0;
        for (int k = 0; k < n_seen; k++)
            known |= seen[k] == p.pid;
        if (!known && n_seen < 8)
            seen[n_seen++] = p.pid;
        if ((i + number) % 7 == 0 &&
            (err = coil_sleep(0.001)) < 0) /* now and then workers are idle */
            return err;
    }
    return 0;
}

COIL_ASYNC(crowd)
{
    coil_pool *pool;
    coil_call calls[CLIENTS];
    ck_assert_int_eq(coil_process_pool_new(2, &pool), 0);
    for (int i = 0; i < CLIENTS; i++)
        calls[i] = COIL_CALL(client(pool, i));
    int err = coil_gather_n(calls, CLIENTS, NULL);
    coil_pool_free(pool);
    return err;
}

START_TEST(a_crowd_never_has_more_workers_than_the_pool)
{
    n_seen = 0;
    ck_assert_int_eq(coil_run(crowd()), 0);
    ck_assert_int_ge(n_seen, 1);
    ck_assert_int_le(n_seen, 2);
}
END_TEST

COIL_ASYNC(much_at_once)
{
    coil_pool *pool;
    static struct heap_of_bytes in, out;
    ck_assert_int_eq(coil_process_pool_new(1, &pool), 0);
    for (int round = 0; round < 4; round++) { /* first a new worker, then an idle one */
        for (size_t i = 0; i < sizeof in.bytes; i++)
            in.bytes[i] = (unsigned char)(i * 31 + (size_t)round);
        ck_assert_int_eq(coil_pool_run(pool, turns_over(&in, &out)), 0);
        for (size_t i = 0; i < sizeof in.bytes; i++)
            if (out.bytes[i] != (unsigned char)~in.bytes[i])
                ck_abort_msg("byte %zu of round %d", i, round);
    }
    coil_pool_free(pool);
    return 0;
}

START_TEST(a_job_larger_than_a_socket_takes_at_once_arrives_whole)
{
    ck_assert_int_eq(coil_run(much_at_once()), 0);
}
END_TEST

COIL_ASYNC(big_bytes)
{
    enum { SIZE = 20 << 20 };
    coil_pool *pool;
    ck_assert_int_eq(coil_process_pool_new(1, &pool), 0);
    struct text in = {{0}}, out = {{0}};
    ck_assert_int_eq(coil_bytes_new(3, &in.bytes), 0);
    memcpy(in.bytes.data, "abc", 3);
    ck_assert_int_eq(coil_bytes_resize(&in.bytes, SIZE), 0);
    ck_assert_mem_eq(in.bytes.data, "abc", 3);
    memset(in.bytes.data, 'x', SIZE);
    void *place = NULL;
    for (int i = 0; i < 3; i++) { /* the memory is used again */
        ck_assert_int_eq(coil_pool_run(pool, shouts(&in, &out)), 0);
        ck_assert_uint_eq(out.bytes.size, 2 * (size_t)SIZE);
        const char *p = out.bytes.data;
        for (size_t at = 0; at < out.bytes.size; at += 4093)
            ck_assert_int_eq(p[at], 'X');
        ck_assert_int_eq(p[out.bytes.size - 1], 'X');
        ck_assert(!place || place == out.bytes.data);
        place = out.bytes.data;
        coil_bytes_free(&out.bytes);
    }
    ck_assert_ptr_null(out.bytes.data);
    coil_bytes_free(&in.bytes);
    coil_pool_free(pool);
    return 0;
}

START_TEST(twenty_megabytes_travel_both_ways_without_being_copied)
{
    ck_assert_int_eq(coil_run(big_bytes()), 0);
}
END_TEST

COIL_ASYNC(one_job, (coil_pool *, pool), (int, ret, out))
{
    struct places p;
    int err = coil_pool_run(pool, cube(&(struct number){3}, &p));
    *ret = p.value;
    return err;
}

START_TEST(a_pool_outlives_a_run_and_gets_new_workers_in_the_next)
{
    coil_pool *pool;
    ck_assert_int_eq(coil_process_pool_new(1, &pool), 0);
    for (int i = 0; i < 3; i++) {
        int got = 0;
        ck_assert_int_eq(coil_run(one_job(pool, &got)), 3);
        ck_assert_int_eq(got, 27);
        ck_assert_int_eq(zombies_and_children(), 0);
    }
    coil_pool_free(pool);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("processes");
    tcase_add_test(t, results_come_in_order_from_memory_that_is_not_ours);
    tcase_add_test(t, a_crash_fails_its_own_job_by_name_and_the_worker_is_replaced);
    tcase_add_test(t, break_on_crash_takes_the_whole_pool_down);
    tcase_add_test(t, a_queued_job_is_dropped_and_a_running_one_waited_for);
    tcase_add_test(t, a_job_that_an_idle_worker_was_given_runs_to_its_end);
    tcase_add_test(t, a_crowd_never_has_more_workers_than_the_pool);
    tcase_add_test(t, a_job_larger_than_a_socket_takes_at_once_arrives_whole);
    tcase_add_test(t, twenty_megabytes_travel_both_ways_without_being_copied);
    tcase_add_test(t, a_pool_outlives_a_run_and_gets_new_workers_in_the_next);
    return test_main("processes", t);
}

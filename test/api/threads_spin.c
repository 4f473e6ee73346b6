/* Watching before sleeping: what is caught, what it costs, what is refused. */
#include <coil.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "in_thread.h"

COIL_ASYNC(add_one, (int, x))
{
    return x + 1;
}

/* Many short jobs: the loop and the worker both watch, and nothing gets lost between watching and sleeping. */
COIL_ASYNC(short_jobs, (int, n))
{
    int err = coil_loop_set_spin(coil_loop_running(), 200e-6);
    for (int i = 0; i < n && err >= 0; i++) {
        err = coil_to_thread(add_one(i));
        ck_assert_int_eq(err, i + 1);
        if (i % 64 == 0) { /* long enough for everybody to fall asleep */
            err = coil_sleep(0.002);
            ck_assert_int_eq(err, 0);
        }
    }
    ck_assert(test_simulated() || coil_loop_spin_time(coil_loop_running()) > 0);
    return 0;
}

START_TEST(thousands_of_short_jobs_all_come_back_while_loop_and_worker_watch)
{
    ck_assert_int_eq(coil_run(short_jobs(3000)), 0);
}
END_TEST

COIL_ASYNC(several, (int, n))
{
    int err = 0;
    coil_call calls[16];
    for (int round = 0; round < n && err >= 0; round++) {
        for (int i = 0; i < 16; i++)
            calls[i] = COIL_CALL(coil_to_thread(add_one(0)));
        err = coil_gather_n(calls, 16, NULL);
    }
    return err;
}

START_TEST(a_watcher_does_not_keep_jobs_from_the_other_threads)
{
    coil_loop_options options = {.spin = 200e-6};
    ck_assert_int_ge(coil_run_with(several(200), &options), 0);
}
END_TEST

COIL_ASYNC(ticks, (int, n))
{
    for (int i = 0; i < n; i++) {
        double before = coil_time();
        int err = coil_sleep(0.0005);
        if (err < 0)
            return err;
        ck_assert(coil_time() >= before + 0.0005);
    }
    return 0;
}

START_TEST(a_timer_within_the_limit_is_neither_early_nor_lost)
{
    coil_loop_options options = {.spin = 0.002};
    ck_assert_int_eq(coil_run_with(ticks(100), &options), 0);
}
END_TEST

COIL_ASYNC(spin_time_of_a_sleep, (double, seconds))
{
    int err = coil_sleep(seconds);
    double spent = coil_loop_spin_time(coil_loop_running());
    ck_assert(spent == 0);
    return err;
}

START_TEST(without_a_limit_nothing_is_spent)
{
    coil_loop_options options = {.spin = -1};
    ck_assert_int_eq(coil_run_with(spin_time_of_a_sleep(0.003), &options), 0);
}
END_TEST

COIL_ASYNC(try_limits)
{
    static const double bad[] = {-1e-9, 1.5, (double)INFINITY, (double)NAN};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_int_eq(coil_loop_set_spin(coil_loop_running(), bad[i]), -EINVAL);
    ck_assert_int_eq(coil_loop_set_spin(NULL, 0), -EINVAL);
    ck_assert_int_eq(coil_loop_set_spin(coil_loop_running(), 1), 0);
    ck_assert_int_eq(coil_loop_set_spin(coil_loop_running(), 0), 0);
    return 0;
}

TEST_IN_THREAD(a_limit_is_a_time_from_zero_to_one_second)
{
    ck_assert_int_eq(coil_run(try_limits()), 0);
    coil_loop *loop;
    coil_loop_options much = {.spin = 2}, not_a_number = {.spin = (double)NAN};
    ck_assert_int_eq(coil_loop_new(&much, &loop), -EINVAL);
    ck_assert_int_eq(coil_loop_new(&not_a_number, &loop), -EINVAL);
    ck_assert(isnan(coil_loop_spin_time(NULL)));
    return arg;
}

/* A peer in a thread of its own that answers each byte: the loop catches answers while it watches. */
static void *echo_bytes(void *arg)
{
    int fd = *(int *)arg;
    char byte;
    while (read(fd, &byte, 1) == 1 && write(fd, &byte, 1) == 1)
        ;
    return NULL;
}

COIL_ASYNC(talk, (coil_stream *, s), (int, n))
{
    for (int i = 0; i < n; i++) {
        char out = (char)i, in = (char)~i;
        int err = coil_stream_write(s, &out, 1);
        if (err >= 0)
            err = coil_stream_readexactly(s, &in, 1);
        if (err < 0)
            return err;
        ck_assert_int_eq(in, out);
    }
    return 0;
}

COIL_ASYNC(talk_over, (int, fd))
{
    coil_stream *s;
    int err = coil_loop_set_spin(coil_loop_running(), 300e-6);
    if (err >= 0)
        err = coil_stream_from_fd(fd, &s);
    if (err < 0)
        return err;
    err = talk(s, 2000);
    int closed = coil_stream_close(s);
    return err < 0 ? err : closed;
}

START_TEST(answers_from_a_socket_are_caught)
{
    int fds[2];
    pthread_t t;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    ck_assert_int_eq(pthread_create(&t, NULL, echo_bytes, &fds[1]), 0);
    ck_assert_int_eq(coil_run(talk_over(fds[0])), 0);
    pthread_join(t, NULL);
    close(fds[1]);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("threads_spin");
    tcase_add_test(t, thousands_of_short_jobs_all_come_back_while_loop_and_worker_watch);
    tcase_add_test(t, a_watcher_does_not_keep_jobs_from_the_other_threads);
    tcase_add_test(t, a_timer_within_the_limit_is_neither_early_nor_lost);
    tcase_add_test(t, without_a_limit_nothing_is_spent);
    tcase_add_test(t, a_limit_is_a_time_from_zero_to_one_second);
    tcase_add_test(t, answers_from_a_socket_are_caught);
    return test_main("threads_spin", t);
}

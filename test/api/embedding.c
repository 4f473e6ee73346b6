/* test/api/embedding.c: Coil inside somebody else's loop, and callbacks on fds without coroutines. The foreign loop is poll() on the
 * fd that the loop gives.
 */
#include "coil.h"
#include "harness.h"

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static coil_loop *new_loop(void)
{
    coil_loop *loop;
    ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
    return loop;
}

/* Turns as a host does: sleeps in poll on the loop's fd, no longer than the loop allows. False when nothing came in 10 s. */
static int host_turns_until(coil_loop *loop, const int *flag)
{
    for (int turns = 0; turns < 200 && !*flag;
         turns++) { /* a host that spun would need many more */
        double left = coil_loop_next_deadline(loop);
        struct pollfd fd = {.fd = coil_loop_fd(loop), .events = POLLIN};
        int ms = left > 10 ? 10000 : (int)(left * 1000 + 0.999);
        if (poll(&fd, 1, ms) == 0 && left > 10)
            return 0;
        ck_assert_int_ge(coil_loop_run_once(loop, 0), 0);
    }
    return *flag;
}

/* ---------------------------------------------------------------- a host's loop ---- */

COIL_ASYNC(talk, (int, a), (int, b), (int *, ended))
{
    char got[6] = "";
    coil_task *send = coil_create_task(coil_sendall(a, "hello", 5));
    int err = 1;
    for (int n = 0; err > 0 && n < 5; n += err)
        err = coil_recv(b, got + n, (size_t)(5 - n));
    if (err >= 0)
        err = coil_await(send);
    if (err >= 0)
        err = coil_sleep(0.005);
    *ended = err >= 0 && strcmp(got, "hello") == 0 ? 1 : -1;
    return err;
}

struct start {
    int a, b, ended;
};

static int start_talking(void *arg)
{
    struct start *s = arg;
    return coil_spawn(talk(s->a, s->b, &s->ended));
}

START_TEST(a_program_runs_inside_a_host_that_polls_the_loops_fd)
{
    int fds[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    struct start s = {fds[0], fds[1], 0};
    coil_loop *loop = new_loop();
    ck_assert_int_eq(coil_call_soon_threadsafe(loop, start_talking, &s), 0);
    ck_assert_int_eq(host_turns_until(loop, &s.ended), 1);
    ck_assert_int_eq(coil_loop_close(loop), 0);
    close(fds[0]);
    close(fds[1]);
}
END_TEST

static int raise_flag(void *flag)
{
    *(int *)flag = 1;
    return 0;
}

struct sender {
    coil_loop *loop;
    int *flag;
};

static void *send_from_thread(void *arg)
{
    struct sender *s = arg;
    return (void *)(intptr_t)coil_call_soon_threadsafe(s->loop, raise_flag, s->flag);
}

START_TEST(a_callback_from_another_thread_wakes_the_host_by_the_loops_fd)
{
    int flag = 0;
    coil_loop *loop = new_loop();
    ck_assert_int_ge(coil_loop_run_once(loop, 0), 0);
    struct sender s = {loop, &flag};
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, send_from_thread, &s), 0);
    ck_assert_int_eq(host_turns_until(loop, &flag), 1);
    pthread_join(thread, NULL);
    ck_assert_int_eq(coil_loop_close(loop), 0);
}
END_TEST

START_TEST(one_turn_says_how_much_ran_and_the_deadline_says_how_long_to_sleep)
{
    int flag = 0;
    coil_loop *loop = new_loop();
    ck_assert(coil_loop_next_deadline(loop) == COIL_FOREVER);
    ck_assert_int_eq(coil_loop_run_once(loop, 0), 0);
    ck_assert_int_eq(coil_call_soon_threadsafe(loop, raise_flag, &flag), 0);
    ck_assert(coil_loop_next_deadline(loop) == 0);
    ck_assert_int_eq(coil_loop_run_once(loop, 0), 1);
    ck_assert_int_eq(flag, 1);
    ck_assert_int_eq(coil_loop_run_once(loop, 0.0 / 0.0), -EINVAL);
    ck_assert_int_eq(coil_loop_close(loop), 0);
}
END_TEST

/* ---------------------------------------------------------------- callbacks on fds ---- */

struct echo {
    coil_loop *loop;
    int fd, seen;
    char got[64];
};

/* A server of callbacks alone: what a library that brings its own fds does. */
static int on_readable(void *arg)
{
    struct echo *e = arg;
    char byte;
    if (read(e->fd, &byte, 1) !=
        1) /* level-triggered: one byte a turn, and the rest is told again */
        return -EIO;
    e->got[e->seen++] = byte;
    if (byte != '!')
        return 0;
    if (coil_remove_reader(e->fd) != 1)
        return -EINVAL;
    coil_loop_stop(e->loop);
    return 0;
}

static int watch(void *arg)
{
    struct echo *e = arg;
    return coil_add_reader(e->fd, on_readable, e);
}

START_TEST(a_reader_is_called_in_each_turn_in_which_its_fd_is_readable)
{
    int fds[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    ck_assert_int_eq(write(fds[1], "ready!", 6), 6);
    struct echo e = {.loop = new_loop(), .fd = fds[0]};
    ck_assert_int_eq(coil_call_soon_threadsafe(e.loop, watch, &e), 0);
    ck_assert_int_eq(coil_loop_run_forever(e.loop), 0);
    ck_assert_str_eq(e.got, "ready!");
    ck_assert_int_eq(coil_loop_close(e.loop), 0);
    close(fds[0]);
    close(fds[1]);
}
END_TEST

struct failing {
    coil_loop *loop;
    int fd, reported, calls;
};

static int count_report(coil_loop *loop, const coil_exception_context *context, void *arg)
{
    struct failing *f = arg;
    (void)loop;
    f->reported += context->error == -EPROTO;
    return 0;
}

static int fails_twice(void *arg)
{
    struct failing *f = arg;
    if (++f->calls == 2) {
        coil_remove_writer(f->fd);
        coil_loop_stop(f->loop);
    }
    return -EPROTO;
}

static int watch_failing(void *arg)
{
    struct failing *f = arg;
    return coil_add_writer(f->fd, fails_twice, f);
}

START_TEST(a_writer_that_fails_is_reported_and_stays)
{
    int fds[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    struct failing f = {.loop = new_loop(), .fd = fds[0]};
    coil_loop_set_exception_handler(f.loop, count_report, &f);
    ck_assert_int_eq(coil_call_soon_threadsafe(f.loop, watch_failing, &f), 0);
    ck_assert_int_eq(coil_loop_run_forever(f.loop), 0);
    ck_assert_int_eq(f.calls, 2);
    ck_assert_int_eq(f.reported, 2);
    ck_assert_int_eq(coil_loop_close(f.loop), 0);
    close(fds[0]);
    close(fds[1]);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("embedding");
    tcase_add_test(t, a_program_runs_inside_a_host_that_polls_the_loops_fd);
    tcase_add_test(t, a_callback_from_another_thread_wakes_the_host_by_the_loops_fd);
    tcase_add_test(t, one_turn_says_how_much_ran_and_the_deadline_says_how_long_to_sleep);
    tcase_add_test(t, a_reader_is_called_in_each_turn_in_which_its_fd_is_readable);
    tcase_add_test(t, a_writer_that_fails_is_reported_and_stays);
    return test_main("embedding", t);
}

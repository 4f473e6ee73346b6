/* Stacks that sleep, and others who come to what lies there: another task, the kernel, and whatever happens to an idle connection. */
#include <coil.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "sleep_stacks.h"

/* ---------------------------------------------------------------- other people's pointers ---- */

struct shared {
    int value, answer;
    char bytes[16];
    coil_event *asked;
};

/* Touches what lies on its parent's stack, which sleeps. */
COIL_ASYNC(answers, (struct shared *, of_parent), (coil_event *, done))
{
    int err = until_asleep(1);
    of_parent->answer = of_parent->value + 1;
    coil_event_set(done);
    return err;
}

COIL_ASYNC(asks, (coil_event *, done))
{
    struct shared mine = {.value = 41};
    coil_task *child = coil_create_task(answers(&mine, done));
    int err = coil_event_wait(done);
    ck_assert_int_eq(mine.answer, 42);
    return err < 0 ? err : coil_await(child);
}

START_TEST(another_task_may_use_what_lies_on_a_sleeping_stack)
{
    static coil_event done;
    coil_event_init(&done);
    ck_assert_int_eq(coil_run_with(asks(&done), &at_once), 0);
}
END_TEST

/* The kernel writes to and reads from the parent's stack: by an operation in flight as the parent is parked, and by a direct call. */
COIL_ASYNC(receives, (int, fd), (char *, into), (coil_event *, done))
{
    int err = coil_recv(fd, into, 5);
    coil_event_set(done);
    return err;
}

COIL_ASYNC(sends, (int, fd), (const char *, from), (int, asleep))
{
    int err = until_asleep(asleep);
    return err < 0 ? err : coil_sendall(fd, from, 5);
}

COIL_ASYNC(lends, (int, a), (int, b), (coil_event *, done))
{
    char in[8] = "", out[8] = "hello";
    coil_task *receiver = coil_create_task(receives(a, in, done));
    int err = coil_sleep(0.005); /* asleep, or not any more, when the receive begins */
    coil_task *sender = coil_create_task(sends(b, out, 0));
    err = err < 0 ? err : coil_event_wait(done);
    ck_assert_str_eq(in, "hello");
    err = err < 0 ? err : coil_await(sender);
    return err < 0 ? err : coil_await(receiver);
}

START_TEST(the_kernel_finds_what_it_was_given)
{
    static coil_event done;
    int fds[2];
    coil_event_init(&done);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
    ck_assert_int_eq(coil_run_with(lends(fds[0], fds[1], &done), &at_once), 5);
    close(fds[0]);
    close(fds[1]);
}
END_TEST

COIL_ASYNC(sends_later, (int, fd), (const char *, from), (coil_event *, done))
{
    int err = until_asleep(1);
    err = err < 0 ? err : coil_sendall(fd, from, 5);
    coil_event_set(done);
    return err;
}

COIL_ASYNC(lends_asleep, (int, b), (coil_event *, done))
{
    char out[8] = "hello";
    coil_task *sender = coil_create_task(sends_later(b, out, done));
    int err = coil_event_wait(done);
    return err < 0 ? err : coil_await(sender);
}

START_TEST(a_direct_system_call_finds_it_too)
{
    static coil_event done;
    char in[8] = "";
    int fds[2];
    coil_event_init(&done);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
    ck_assert_int_eq(coil_run_with(lends_asleep(fds[1], &done), &at_once), 0);
    ck_assert_int_eq(read(fds[0], in, 5), 5);
    ck_assert_str_eq(in, "hello");
    close(fds[0]);
    close(fds[1]);
}
END_TEST

/* ---------------------------------------------------------------- idle connections ---- */

enum { LINKS = 20 };

COIL_ASYNC(reads, (coil_stream *, stream), (int, expect))
{
    char buf[64];
    int n = coil_stream_read(stream, buf, sizeof buf);
    if (n == 1)
        ck_assert_int_eq(buf[0], expect);
    return n;
}

static void make_links(coil_stream *streams[LINKS], int peers[LINKS])
{
    for (int i = 0; i < LINKS; i++) {
        int fds[2];
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds),
                         0);
        ck_assert_int_eq(coil_stream_from_fd(fds[0], &streams[i]), 0);
        peers[i] = fds[1];
    }
}

/* Some get a byte, some the end, some a cancellation, some are closed by somebody else. */
COIL_ASYNC(idle_links)
{
    static coil_stream *streams[LINKS];
    static coil_task *tasks[LINKS];
    static int peers[LINKS];
    make_links(streams, peers);
    for (int i = 0; i < LINKS; i++)
        tasks[i] = coil_create_task(reads(streams[i], i));
    int err = until_asleep(LINKS);
    for (int i = 0; i < LINKS && err >= 0; i++) {
        char byte = (char)i;
        if (i % 4 == 0)
            ck_assert_int_eq(write(peers[i], &byte, 1), 1);
        else if (i % 4 == 1)
            shutdown(peers[i], SHUT_WR);
        else if (i % 4 == 2)
            coil_task_cancel(tasks[i]);
        else
            coil_ignore(coil_stream_close(streams[i]));
    }
    for (int i = 0; i < LINKS && err >= 0; i++) {
        int n = coil_await(tasks[i]);
        ck_assert_int_eq(n, i % 4 == 0 ? 1 : i % 4 == 2 ? -ECANCELED : 0);
        if (i % 4 != 3)
            coil_ignore(coil_stream_close(streams[i]));
        close(peers[i]);
    }
    return err;
}

START_TEST(idle_connections_sleep_and_hear_of_all_that_happens)
{
    ck_assert_int_eq(coil_run_with(idle_links(), &at_once), 0);
}
END_TEST

START_TEST(so_do_those_that_were_idle_for_a_while)
{
    coil_loop_options options = {.sleep_stacks = 0.002};
    ck_assert_int_eq(coil_run_with(idle_links(), &options), 0);
}
END_TEST

int main(void)
{
    if (!stacks_can_sleep())
        return 77;
    TCase *t = tcase_create("sleep_stacks_touched");
    tcase_add_test(t, another_task_may_use_what_lies_on_a_sleeping_stack);
    tcase_add_test(t, the_kernel_finds_what_it_was_given);
    tcase_add_test(t, a_direct_system_call_finds_it_too);
    tcase_add_test(t, idle_connections_sleep_and_hear_of_all_that_happens);
    tcase_add_test(t, so_do_those_that_were_idle_for_a_while);
    return test_main("sleep_stacks_touched", t);
}

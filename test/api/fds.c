/* Open files that travel over Unix sockets: they arrive close-on-exec, and none is left open when something goes wrong. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"
#include "in_thread.h"

static void make_pair(int *ret_pair, int type)
{
    ck_assert_int_eq(socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ret_pair), 0);
}

static COIL_ASYNC(end_pair, (int *, pair))
{
    int err = coil_close(pair[0]);
    int other = coil_close(pair[1]);
    return err < 0 ? err : other;
}

static COIL_ASYNC(travel, (int, type))
{
    int pair[2], p[2], got[4] = {-1, -1, -1, -1}, n = -1;
    char buf[8];
    make_pair(pair, type);
    ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
    ck_assert_int_eq(coil_send_fds(pair[0], "two", 3, p, 2), 3);
    ck_assert_int_eq(coil_recv_fds(pair[1], buf, sizeof buf, got, 4, &n), 3);
    ck_assert_mem_eq(buf, "two", 3);
    ck_assert_int_eq(n, 2);
    ck_assert_int_eq(got[2], -1);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(fcntl(got[i], F_GETFD), FD_CLOEXEC);
    ck_assert_int_eq(write(got[1], "x", 1), 1);
    ck_assert_int_eq(read(p[0], buf, 1), 1);
    for (int i = 0; i < 2; i++) {
        close(p[i]);
        close(got[i]);
    }
    ck_assert_int_eq(coil_send_fds(pair[0], "none", 4, NULL, 0), 4);
    ck_assert_int_eq(coil_recv_fds(pair[1], buf, sizeof buf, NULL, 0, &n), 4);
    ck_assert_int_eq(n, 0);
    return end_pair(pair);
}

START_TEST(files_travel_with_bytes_over_a_stream_socket)
{
    ck_assert_int_eq(coil_run(travel(SOCK_STREAM)), 0);
}
END_TEST

START_TEST(files_travel_with_a_datagram)
{
    ck_assert_int_eq(coil_run(travel(SOCK_DGRAM)), 0);
}
END_TEST

static COIL_ASYNC(too_many, (int, room))
{
    int pair[2], got[4] = {-1, -1, -1, -1}, n = -1, many[4] = {0, 0, 0, 0};
    char buf[8];
    make_pair(pair, SOCK_STREAM);
    int before = test_open_fds();
    ck_assert_int_eq(coil_send_fds(pair[0], "4", 1, many, 4), 1);
    int err = coil_recv_fds(pair[1], buf, sizeof buf, got, room, &n);
    ck_assert_int_eq(err, -EMSGSIZE);
    ck_assert_ptr_nonnull(strstr(coil_error_message(err), "more files"));
    ck_assert_int_eq(n, -1);
    ck_assert_int_eq(got[0], -1);
    ck_assert_int_eq(test_open_fds(), before);
    return end_pair(pair);
}

static COIL_ASYNC(wrong)
{
    int pair[2], n, fds[2] = {0, 9999};
    char buf[8];
    make_pair(pair, SOCK_STREAM);
    ck_assert_int_eq(coil_send_fds(pair[0], "", 0, fds, 1), -EINVAL);
    ck_assert_int_eq(coil_send_fds(pair[0], "x", 1, fds, 254), -EINVAL);
    ck_assert_int_eq(coil_send_fds(pair[0], "x", 1, NULL, 1), -EINVAL);
    ck_assert_int_eq(coil_send_fds(pair[0], "x", 1, fds, 2), -EBADF);
    ck_assert_int_eq(coil_recv_fds(pair[1], buf, 8, NULL, 1, &n), -EINVAL);
    ck_assert_int_eq(coil_recv_fds(-1, buf, 8, fds, 1, &n), -EBADF);
    return end_pair(pair);
}

TEST_IN_THREAD(more_files_than_there_is_room_for_are_all_closed)
{
    for (int room = 0; room < 4; room++)
        ck_assert_int_eq(coil_run(too_many(room)), 0);
    ck_assert_int_eq(coil_run(wrong()), 0);
    return arg;
}

static COIL_ASYNC(late)
{
    int pair[2], got = -1, n = -1, zero = 0;
    char buf[8];
    make_pair(pair, SOCK_STREAM);
    ck_assert_int_eq(coil_wait_for(coil_recv_fds(pair[1], buf, 8, &got, 1, &n), 0.001), -ETIMEDOUT);
    ck_assert_int_eq(coil_send_fds(pair[0], "x", 1, &zero, 1), 1);
    ck_assert_int_eq(coil_recv_fds(pair[1], buf, 8, &got, 1, &n), 1);
    ck_assert_int_eq(n, 1);
    close(got);
    /* what nobody receives goes with the socket */
    ck_assert_int_eq(coil_send_fds(pair[0], "x", 1, &zero, 1), 1);
    return end_pair(pair);
}

START_TEST(a_wait_that_is_given_up_loses_no_file)
{
    ck_assert_int_eq(coil_run(late()), 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("fds");
    tcase_add_test(t, files_travel_with_bytes_over_a_stream_socket);
    tcase_add_test(t, files_travel_with_a_datagram);
    tcase_add_test(t, more_files_than_there_is_room_for_are_all_closed);
    tcase_add_test(t, a_wait_that_is_given_up_loses_no_file);
    return test_main("fds", t);
}

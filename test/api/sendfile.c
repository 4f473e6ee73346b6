/* Files into connections: whole, in parts, in the order of the writes around them, and what can't be sent by the kernel. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"

enum { SIZE = 3 << 20 };

static char path[] = "/tmp/coil-sendfile-XXXXXX";
static char *content, *received;

static int make_file(void)
{
    int fd = mkstemp(path);
    content = malloc(SIZE);
    received = malloc(SIZE + 64);
    for (int i = 0; i < SIZE; i++)
        content[i] = (char)(i * 31 + i / 1000);
    ssize_t n = write(fd, content, SIZE);
    close(fd);
    return n == SIZE;
}

static COIL_ASYNC(receive_all, (coil_stream *, s), (size_t, total, out))
{
    size_t n = 0;
    for (;;) {
        int got = coil_stream_read(s, received + n, SIZE + 64 - n);
        if (got <= 0) {
            *total = n;
            return got;
        }
        n += (size_t)got;
    }
}

static void make_streams(coil_stream **ret)
{
    int fd[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(coil_stream_from_fd(fd[i], &ret[i]), 0);
}

static COIL_ASYNC(between_writes)
{
    static char before[200000];
    coil_stream *s[2];
    coil_file *f;
    size_t total = 0;
    long long sent = 0;
    memset(before, 'b', sizeof before);
    make_streams(s);
    ck_assert_int_eq(coil_file_open(path, O_RDONLY, 0, &f), 0);
    coil_task *t = coil_create_task(receive_all(s[1], &total));
    ck_assert_int_eq(coil_stream_write(s[0], before, sizeof before), 0);
    ck_assert_int_eq(coil_stream_sendfile(s[0], f, 5, SIZE / 2, &sent), 0);
    ck_assert_int_eq(sent, SIZE / 2);
    ck_assert_int_eq(coil_stream_write(s[0], "after", 5), 0);
    ck_assert_int_eq(coil_stream_close(s[0]), 0);
    ck_assert_int_eq(coil_await(t), 0);
    ck_assert_uint_eq(total, sizeof before + SIZE / 2 + 5);
    ck_assert_mem_eq(received, before, sizeof before);
    ck_assert_mem_eq(received + sizeof before, content + 5, SIZE / 2);
    ck_assert_mem_eq(received + sizeof before + SIZE / 2, "after", 5);
    char next;
    ck_assert_int_eq(coil_file_read(f, &next, 1), 1);
    ck_assert_int_eq(next, content[5 + SIZE / 2]);
    ck_assert_int_eq(coil_stream_close(s[1]), 0);
    return coil_file_close(f);
}

START_TEST(a_part_of_a_file_goes_out_between_the_writes_around_it)
{
    ck_assert_int_eq(coil_run(between_writes()), 0);
}
END_TEST

static COIL_ASYNC(send_whole, (coil_stream *, s), (coil_file *, f), (long long, sent, out))
{
    return coil_stream_sendfile(s, f, 0, -1, sent);
}

static COIL_ASYNC(alone)
{
    coil_stream *s[2];
    coil_file *f;
    size_t total = 0;
    long long sent = 0;
    make_streams(s);
    ck_assert_int_eq(coil_file_open(path, O_RDONLY, 0, &f), 0);
    coil_task *t = coil_create_task(send_whole(s[0], f, &sent));
    ck_assert_int_eq(coil_yield_now(), 0);
    int err = coil_stream_write(s[0], "x", 1);
    ck_assert_int_eq(err, -COIL_EINVALIDSTATE);
    ck_assert_ptr_nonnull(strstr(coil_error_message(err), "sendfile"));
    ck_assert_int_eq(coil_stream_sendfile(s[0], f, 0, 1, NULL), -COIL_EINVALIDSTATE);
    ck_assert_int_eq(coil_stream_close(s[0]), 0); /* waits for the file */
    ck_assert_int_eq(receive_all(s[1], &total), 0);
    ck_assert_int_eq(coil_await(t), 0);
    ck_assert_int_eq(sent, SIZE);
    ck_assert_uint_eq(total, SIZE);
    ck_assert_mem_eq(received, content, SIZE);
    ck_assert_int_eq(coil_stream_close(s[1]), 0);
    return coil_file_close(f);
}

START_TEST(nobody_writes_into_a_file_and_a_close_waits_for_it)
{
    ck_assert_int_eq(coil_run(alone()), 0);
}
END_TEST

static COIL_ASYNC(given_up, (int, abort))
{
    coil_stream *s[2];
    coil_file *f;
    long long sent = -7;
    make_streams(s);
    ck_assert_int_eq(coil_file_open(path, O_RDONLY, 0, &f), 0);
    coil_task *t = coil_create_task(send_whole(s[0], f, &sent));
    ck_assert_int_eq(coil_sleep(0.01), 0); /* nobody reads */
    ck_assert(!coil_task_done(t));
    if (abort)
        ck_assert_int_eq(coil_stream_abort(s[0]), 0);
    else
        coil_task_cancel(t);
    ck_assert_int_eq(coil_await(t), abort ? -ECONNABORTED : -ECANCELED);
    ck_assert_int_eq(sent, -7);
    if (!abort) /* it can be written to again */
        ck_assert_int_eq(coil_stream_write(s[0], "x", 1), 0);
    ck_assert_int_eq(coil_stream_close(s[0]), 0);
    ck_assert_int_eq(coil_stream_close(s[1]), 0);
    return coil_file_close(f);
}

START_TEST(a_cancellation_ends_it_and_leaves_the_stream)
{
    ck_assert_int_eq(coil_run(given_up(0)), 0);
}
END_TEST

START_TEST(an_abort_ends_it)
{
    ck_assert_int_eq(coil_run(given_up(1)), 0);
}
END_TEST

/* ---------------------------------------------------------------- raw fds ---- */

static COIL_ASYNC(drain_fd, (int, fd), (size_t, total, out))
{
    size_t n = 0;
    int got;
    while ((got = coil_recv(fd, received + n, SIZE + 64 - n)) > 0)
        n += (size_t)got;
    *total = n;
    return got;
}

static COIL_ASYNC(send_and_close, (int, fd), (int, file), (long long, offset),
                  (long long, sent, out))
{
    int err = coil_sendfile(fd, file, offset, -1, sent);
    int closed = coil_close(fd);
    return err < 0 ? err : closed;
}

static COIL_ASYNC(raw, (int, flags))
{
    int fd[2], file = open(path, O_RDONLY | O_CLOEXEC);
    size_t total = 0;
    long long sent = 0;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0, fd), 0);
    ck_assert_int_eq(coil_gather(send_and_close(fd[0], file, 9, &sent), drain_fd(fd[1], &total)),
                     0);
    ck_assert_int_eq(sent, SIZE - 9);
    ck_assert_uint_eq(total, SIZE - 9);
    ck_assert_mem_eq(received, content + 9, SIZE - 9);
    close(file);
    return coil_close(fd[1]);
}

START_TEST(a_raw_socket_gets_a_file)
{
    ck_assert_int_eq(coil_run(raw(SOCK_NONBLOCK)), 0);
}
END_TEST

START_TEST(a_blocking_socket_gets_it_in_pieces)
{
    ck_assert_int_eq(coil_run(raw(0)), 0);
}
END_TEST

static COIL_ASYNC(from_pipe)
{
    int fd[2], p[2];
    long long sent = 0;
    char buf[8];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fd), 0);
    ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
    ck_assert_int_eq(write(p[1], "piped", 5), 5);
    ck_assert_int_eq(coil_sendfile(fd[0], p[0], 0, 4, &sent), 0);
    ck_assert_int_eq(sent, 4);
    for (int got = 0, n; got < 4; got += n) {
        n = coil_recv(fd[1], buf + got, sizeof buf - (size_t)got);
        ck_assert_int_gt(n, 0);
    }
    ck_assert_mem_eq(buf, "pipe", 4);
    ck_assert_int_eq(coil_sendfile(fd[0], p[0], 2, 4, &sent), -ESPIPE);
    ck_assert_int_eq(coil_sendfile(-1, p[0], 0, 4, &sent), -EBADF);
    close(p[0]);
    close(p[1]);
    ck_assert_int_eq(coil_close(fd[0]), 0);
    return coil_close(fd[1]);
}

START_TEST(what_has_no_positions_is_read_and_written)
{
    ck_assert_int_eq(coil_run(from_pipe()), 0);
}
END_TEST

static COIL_ASYNC(from_proc)
{
    int fd[2], file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    long long sent = 0;
    char buf[64];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fd), 0);
    ck_assert_int_eq(coil_sendfile(fd[0], file, 0, -1, &sent), 0);
    ck_assert_int_gt(sent, 100);
    for (int got = 0, n; got < 5; got += n) {
        n = coil_recv(fd[1], buf + got, sizeof buf - (size_t)got);
        ck_assert_int_gt(n, 0);
    }
    ck_assert_mem_eq(buf, "Name:", 5);
    close(file);
    ck_assert_int_eq(coil_close(fd[0]), 0);
    return coil_close(fd[1]);
}

START_TEST(a_file_without_a_size_is_sent_to_its_end)
{
    ck_assert_int_eq(coil_run(from_proc()), 0);
}
END_TEST

int main(void)
{
    if (!make_file())
        return 1;
    TCase *t = tcase_create("sendfile");
    tcase_add_test(t, a_part_of_a_file_goes_out_between_the_writes_around_it);
    tcase_add_test(t, nobody_writes_into_a_file_and_a_close_waits_for_it);
    tcase_add_test(t, a_cancellation_ends_it_and_leaves_the_stream);
    tcase_add_test(t, an_abort_ends_it);
    tcase_add_test(t, a_raw_socket_gets_a_file);
    tcase_add_test(t, a_blocking_socket_gets_it_in_pieces);
    tcase_add_test(t, what_has_no_positions_is_read_and_written);
    tcase_add_test(t, a_file_without_a_size_is_sent_to_its_end);
    int status = test_main("sendfile", t);
    unlink(path);
    free(content);
    free(received);
    return status;
}

/* Pipes, terminals, devices and files as streams: both directions, their ends, and nobody else's O_NONBLOCK. */
#include <check.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"

static int ends[2];

static bool blocks(int fd)
{
    return !(fcntl(fd, F_GETFL) & O_NONBLOCK);
}

/* Closes and waits, so that the fd is gone afterwards. */
static void end(coil_stream *s)
{
    ck_assert_int_eq(coil_stream_close(s), 0);
    coil_ignore(coil_stream_wait_closed(s));
}

/* ---------------------------------------------------------------- both directions ---- */

COIL_ASYNC(writes_lines, (coil_stream *, out))
{
    for (int i = 0; i < 3; i++) {
        int err = coil_stream_send(out, "line\n", 5);
        if (err < 0)
            return err;
        err = coil_sleep(0.001);
        if (err < 0)
            return err;
    }
    return coil_stream_write_eof(out);
}

COIL_ASYNC(lines)
{
    coil_stream *in, *out;
    const char *line;
    size_t size;
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(coil_connect_read_pipe(ends[0], &in), 0);
    ck_assert_int_eq(coil_connect_write_pipe(ends[1], &out), 0);
    ck_assert_int_eq(coil_stream_fd(in), ends[0]);
    coil_task *t = coil_create_task(writes_lines(out));
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(coil_stream_readline(in, &line, &size), 5);
        ck_assert_mem_eq(line, "line\n", 5);
    }
    ck_assert_int_eq(coil_stream_readline(in, &line, &size), 0);
    ck_assert_int_eq(coil_stream_at_eof(in), 1);
    ck_assert_int_eq(coil_await(t), 0);
    end(in);
    end(out);
    ck_assert_int_eq(fcntl(ends[0], F_GETFD), -1);
    ck_assert_int_eq(fcntl(ends[1], F_GETFD), -1);
    return 0;
}

START_TEST(a_pipe_carries_lines_and_write_eof_is_its_end)
{
    ck_assert_int_eq(coil_run(lines()), 0);
}
END_TEST

enum { MUCH = 3000000 };
static char *much;

COIL_ASYNC(sends_much, (coil_stream *, out))
{
    int err = coil_stream_send(out, much, MUCH / 2); /* from our own memory */
    if (err >= 0)
        err = coil_stream_write(out, much + MUCH / 2, MUCH - MUCH / 2); /* buffered */
    return err < 0 ? err : coil_stream_close(out);
}

COIL_ASYNC(carries_much)
{
    coil_stream *in, *out;
    const char *data;
    size_t size;
    much = malloc(MUCH);
    for (int i = 0; i < MUCH; i++)
        much[i] = (char)(i * 7 >> 3);
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(coil_connect_read_pipe(ends[0], &in), 0);
    ck_assert_int_eq(coil_connect_write_pipe(ends[1], &out), 0);
    coil_task *t = coil_create_task(sends_much(out));
    ck_assert_int_eq(coil_stream_read_all(in, &data, &size), MUCH);
    ck_assert_mem_eq(data, much, MUCH);
    ck_assert_int_eq(coil_await(t), 0);
    end(in);
    free(much);
    return 0;
}

START_TEST(more_than_a_pipe_holds_arrives_in_order)
{
    ck_assert_int_eq(coil_run(carries_much()), 0);
}
END_TEST

COIL_ASYNC(wrong_directions)
{
    coil_stream *in, *out, *none = NULL;
    char c;
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(coil_connect_read_pipe(ends[1], &none), -EBADF);
    ck_assert_int_eq(coil_connect_write_pipe(ends[0], &none), -EBADF);
    ck_assert_int_eq(coil_connect_read_pipe(-1, &none), -EBADF);
    ck_assert_int_eq(coil_connect_read_pipe(ends[0], NULL), -EINVAL);
    int dir = open("/", O_RDONLY);
    ck_assert_int_eq(coil_connect_read_pipe(dir, &none), -EINVAL);
    close(dir);
    ck_assert_ptr_null(none);
    ck_assert_int_eq(coil_connect_read_pipe(ends[0], &in), 0);
    ck_assert_int_eq(coil_connect_write_pipe(ends[1], &out), 0);
    ck_assert_int_eq(coil_stream_write(in, "x", 1), -EBADF);
    ck_assert_int_eq(coil_stream_write_eof(in), -EBADF);
    ck_assert_int_eq(coil_stream_can_write_eof(in), 0);
    ck_assert_int_eq(coil_stream_can_write_eof(out), 1);
    ck_assert_int_eq(coil_stream_read(out, &c, 1), 0);
    ck_assert_int_eq(coil_stream_write_eof(out), 0);
    ck_assert_int_eq(coil_stream_write(out, "x", 1), -COIL_EINVALIDSTATE);
    end(in);
    end(out);
    return 0;
}

START_TEST(each_end_has_one_direction_and_says_so)
{
    ck_assert_int_eq(coil_run(wrong_directions()), 0);
}
END_TEST

/* ---------------------------------------------------------------- ends and cancellation ---- */

COIL_ASYNC(broken_pipe)
{
    coil_stream *out;
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(coil_connect_write_pipe(ends[1], &out), 0);
    close(ends[0]);
    ck_assert_int_eq(coil_stream_send(out, "x", 1), -EPIPE);
    ck_assert_int_eq(coil_stream_drain(out), -EPIPE);
    ck_assert_int_eq(coil_stream_close(out), 0);
    return coil_stream_wait_closed(out) == -EPIPE ? 0 : -EINVAL;
}

START_TEST(a_pipe_without_a_reader_is_an_error_and_no_signal)
{
    ck_assert_int_eq(coil_run(broken_pipe()), 0);
    coil_loop *loop; /* without coil_run nobody else ignores SIGPIPE */
    ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
    ck_assert_int_eq(coil_loop_run_until_complete(loop, broken_pipe()), 0);
    ck_assert_int_eq(coil_loop_close(loop), 0);
    struct sigaction now;
    sigaction(SIGPIPE, NULL, &now);
    ck_assert(now.sa_handler == SIG_DFL);
}
END_TEST

COIL_ASYNC(reads_byte, (coil_stream *, in), (char, ret, out))
{
    return coil_stream_read(in, ret, 1);
}

COIL_ASYNC(cancelled_read)
{
    coil_stream *in;
    char c;
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(coil_connect_read_pipe(ends[0], &in), 0);
    ck_assert_int_eq(coil_wait_for(reads_byte(in, &c), 0.002), -ETIMEDOUT);
    ck_assert_int_eq(write(ends[1], "ab", 2), 2);
    ck_assert_int_eq(coil_wait_for(reads_byte(in, &c), 5), 1);
    ck_assert_int_eq(c, 'a');
    ck_assert_int_eq(coil_stream_read(in, &c, 1), 1);
    ck_assert_int_eq(c, 'b');
    coil_task *t = coil_create_task(reads_byte(in, &c));
    ck_assert_int_eq(coil_yield_now(), 0);
    end(in); /* a read that waits gets the end */
    ck_assert_int_eq(coil_await(t), 0);
    close(ends[1]);
    return 0;
}

START_TEST(a_cancelled_read_loses_nothing_and_a_close_ends_it)
{
    ck_assert_int_eq(coil_run(cancelled_read()), 0);
}
END_TEST

COIL_ASYNC(cancelled_send)
{
    coil_stream *in, *out;
    const char *data;
    size_t size;
    much = calloc(1, MUCH);
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(coil_connect_read_pipe(ends[0], &in), 0);
    ck_assert_int_eq(coil_connect_write_pipe(ends[1], &out), 0);
    ck_assert_int_eq(coil_wait_for(coil_stream_send(out, much, MUCH), 0.002), -ETIMEDOUT);
    free(much);
    ck_assert_int_eq(coil_stream_close(out), 0);
    ck_assert_int_eq(coil_stream_read_all(in, &data, &size), MUCH);
    end(in);
    return 0;
}

START_TEST(a_cancelled_send_goes_out_all_the_same)
{
    ck_assert_int_eq(coil_run(cancelled_send()), 0);
}
END_TEST

COIL_ASYNC(aborted)
{
    coil_stream *in, *out;
    char c;
    much = calloc(1, MUCH);
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(coil_connect_read_pipe(ends[0], &in), 0);
    ck_assert_int_eq(coil_connect_write_pipe(ends[1], &out), 0);
    ck_assert_int_eq(coil_stream_write(out, much, MUCH), 0);
    free(much);
    ck_assert_int_eq(coil_stream_abort(out), 0);
    ck_assert_int_eq(coil_stream_abort(in), 0);
    ck_assert_int_eq(coil_stream_read(in, &c, 1), 0);
    end(in);
    end(out);
    return 0;
}

START_TEST(an_aborted_pipe_drops_its_buffer)
{
    ck_assert_int_eq(coil_run(aborted()), 0);
}
END_TEST

/* ---------------------------------------------------------------- manners ---- */

COIL_ASYNC(shared_pipe)
{
    coil_stream *in, *out;
    char buf[8];
    ck_assert_int_eq(pipe(ends), 0);
    int in_too = dup(ends[0]), out_too = dup(ends[1]);
    ck_assert_int_eq(coil_connect_read_pipe(ends[0], &in), 0);
    ck_assert_int_eq(coil_connect_write_pipe(ends[1], &out), 0);
    ck_assert(blocks(in_too) && blocks(out_too));
    ck_assert_int_eq(coil_wait_for(coil_stream_read(in, buf, 8), 0.002), -ETIMEDOUT);
    ck_assert_int_eq(coil_stream_send(out, "x", 1), 0);
    ck_assert_int_eq(coil_stream_read(in, buf, 8), 1);
    end(in);
    end(out);
    ck_assert(blocks(in_too) && blocks(out_too));
    close(in_too);
    close(out_too);
    return 0;
}

START_TEST(who_shares_a_pipe_sees_no_nonblock)
{
    ck_assert_int_eq(coil_run(shared_pipe()), 0);
}
END_TEST

/* Puts fd in the place of one of the first three; gives what was there. */
static int put_at(int fd, int place)
{
    int before = dup(place);
    ck_assert_int_eq(dup2(fd, place), place);
    close(fd);
    return before;
}

COIL_ASYNC(own_stdin)
{
    coil_stream *in;
    char buf[8];
    ck_assert_int_eq(coil_connect_read_pipe(STDIN_FILENO, &in), 0);
    int n = coil_stream_read(in, buf, 8);
    end(in);
    ck_assert_int_ge(fcntl(STDIN_FILENO, F_GETFD), 0);
    ck_assert(blocks(STDIN_FILENO));
    return n;
}

START_TEST(stdin_stays_open_and_blocking)
{
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(write(ends[1], "hello", 5), 5);
    int before = put_at(ends[0], 0);
    ck_assert_int_eq(coil_run(own_stdin()), 5);
    close(ends[1]);
    ck_assert_int_eq(coil_run(own_stdin()), 0);
    dup2(before, 0);
    close(before);
}
END_TEST

START_TEST(stdin_may_be_a_file_a_device_or_a_socket)
{
    char path[] = "/tmp/coil-pipes-XXXXXX";
    int file = mkstemp(path);
    ck_assert_int_eq(write(file, "file", 4), 4);
    lseek(file, 0, SEEK_SET);
    unlink(path);
    int before = put_at(file, 0);
    ck_assert_int_eq(coil_run(own_stdin()), 4);
    close(put_at(open("/dev/null", O_RDONLY), 0));
    ck_assert_int_eq(coil_run(own_stdin()), 0);
    close(put_at(open("/dev/zero", O_RDONLY), 0));
    ck_assert_int_eq(coil_run(own_stdin()), 8);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ck_assert_int_eq(write(ends[1], "socket", 6), 6);
    close(put_at(ends[0], 0));
    ck_assert_int_eq(coil_run(own_stdin()), 6);
    close(ends[1]);
    dup2(before, 0);
    close(before);
}
END_TEST

COIL_ASYNC(writes_file, (int, fd))
{
    coil_stream *out;
    ck_assert_int_eq(coil_connect_write_pipe(fd, &out), 0);
    ck_assert_int_eq(coil_stream_send(out, "abc", 3), 0);
    struct iovec pieces[] = {{"de", 2}, {"f", 1}};
    ck_assert_int_eq(coil_stream_writelines(out, pieces, 2), 0);
    end(out);
    return 0;
}

START_TEST(a_file_is_written_in_order)
{
    char path[] = "/tmp/coil-pipes-XXXXXX", buf[16];
    int file = mkstemp(path), other = dup(file);
    unlink(path);
    ck_assert_int_eq(coil_run(writes_file(file)), 0);
    ck_assert_int_eq(pread(other, buf, sizeof buf, 0), 6);
    ck_assert_mem_eq(buf, "abcdef", 6);
    close(other);
    ck_assert_int_eq(coil_run(writes_file(open("/dev/null", O_WRONLY))), 0);
}
END_TEST

/* ---------------------------------------------------------------- terminals ---- */

static int master, slave;

static void open_terminal(void)
{
    struct termios raw;
    ck_assert_int_eq(openpty(&master, &slave, NULL, NULL, NULL), 0);
    ck_assert_int_eq(tcgetattr(slave, &raw), 0);
    cfmakeraw(&raw);
    ck_assert_int_eq(tcsetattr(slave, TCSANOW, &raw), 0);
}

COIL_ASYNC(echoes_much, (coil_stream *, in), (coil_stream *, out))
{
    char buf[512];
    for (int left = 100000; left > 0;) {
        int n = coil_stream_read(in, buf, sizeof buf);
        if (n <= 0)
            return n < 0 ? n : -EPIPE;
        int err = coil_stream_send(out, buf, (size_t)n);
        if (err < 0)
            return err;
        left -= n;
    }
    return 0;
}

COIL_ASYNC(terminal)
{
    coil_stream *in, *out, *to, *from;
    open_terminal();
    int master_too = dup(master), slave_too = dup(slave), slave_out = dup(slave);
    ck_assert_int_eq(coil_connect_read_pipe(slave, &in), 0);
    ck_assert_int_eq(coil_connect_write_pipe(slave_out, &out), 0);
    ck_assert_int_eq(coil_connect_write_pipe(master, &to), 0);
    ck_assert_int_eq(coil_connect_read_pipe(dup(master), &from), 0);
    ck_assert(blocks(slave_too));
    coil_task *t = coil_create_task(echoes_much(in, out));
    much = malloc(100000);
    char *back = malloc(100000);
    memset(much, 'm', 100000);
    ck_assert_int_eq(coil_stream_write(to, much, 100000), 0);
    ck_assert_int_eq(coil_stream_readexactly(from, back, 100000), 100000);
    ck_assert_mem_eq(back, much, 100000);
    ck_assert_int_eq(coil_await(t), 0);
    free(back);
    free(much);
    end(in);
    end(out);
    end(to);
    end(from);
    ck_assert(blocks(slave_too) && blocks(master_too));
    close(slave_too);
    close(master_too);
    return 0;
}

START_TEST(a_terminal_works_from_both_sides_and_is_left_blocking)
{
    ck_assert_int_eq(coil_run(terminal()), 0);
}
END_TEST

COIL_ASYNC(hangs_up)
{
    coil_stream *from;
    char c;
    open_terminal();
    ck_assert_int_eq(coil_connect_read_pipe(master, &from), 0);
    ck_assert_int_eq(write(slave, "x", 1), 1);
    ck_assert_int_eq(coil_stream_read(from, &c, 1), 1);
    close(slave);
    ck_assert_int_eq(coil_stream_read(from, &c, 1), -EIO);
    end(from);
    return 0;
}

START_TEST(the_master_reads_eio_when_the_terminal_is_gone)
{
    ck_assert_int_eq(coil_run(hangs_up()), 0);
}
END_TEST

/* A terminal that can't be opened anew: it has become somebody else's. */
COIL_ASYNC(foreign_terminal)
{
    coil_stream *in, *out;
    char buf[8];
    int slave_out = dup(slave);
    ck_assert_int_eq(coil_connect_read_pipe(slave, &in), 0);
    ck_assert_int_eq(coil_connect_write_pipe(slave_out, &out), 0);
    ck_assert(blocks(coil_stream_fd(in)));
    ck_assert_int_eq(coil_wait_for(coil_stream_read(in, buf, 8), 0.005), -ETIMEDOUT);
    ck_assert_int_eq(write(master, "key", 3), 3);
    ck_assert_int_eq(coil_stream_readexactly(in, buf, 3), 3);
    ck_assert_int_eq(coil_stream_send(out, "shown", 5), 0);
    end(in);
    end(out);
    return read(master, buf, 8) == 5 ? 0 : -EIO;
}

START_TEST(a_terminal_of_another_user_works_and_is_left_blocking)
{
    if (geteuid() != 0)
        return; /* only root can become somebody else; everybody else has the test above */
    pid_t pid = fork();
    if (pid == 0) {
        coil_after_fork();
        open_terminal();
        ck_assert_int_eq(fchmod(slave, 0), 0);
        if (setgid(65534) < 0 || setuid(65534) < 0)
            _exit(1);
        _exit(coil_run(foreign_terminal()) == 0 ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}
END_TEST

/* ---------------------------------------------------------------- memory ---- */

COIL_ASYNC(steady)
{
    coil_stream *in, *out;
    unsigned long long before, after;
    char buf[64] = {0};
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(coil_connect_read_pipe(ends[0], &in), 0);
    ck_assert_int_eq(coil_connect_write_pipe(ends[1], &out), 0);
    for (int i = 0; i < 1000; i++) {
        if (i == 10)
            coil_memory_counts(&before, NULL);
        coil_task *t = coil_create_task(coil_stream_read(in, buf, sizeof buf));
        ck_assert_int_eq(coil_yield_now(), 0);
        ck_assert_int_eq(coil_stream_send(out, buf, sizeof buf), 0);
        ck_assert_int_eq(coil_await(t), (int)sizeof buf);
    }
    coil_memory_counts(&after, NULL);
    ck_assert_uint_eq(before, after);
    end(in);
    end(out);
    return 0;
}

START_TEST(a_read_and_a_write_allocate_nothing)
{
    ck_assert_int_eq(coil_run(steady()), 0);
}
END_TEST

COIL_ASYNC(left_open)
{
    coil_stream *in, *out;
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(coil_connect_read_pipe(ends[0], &in), 0);
    ck_assert_int_eq(coil_connect_write_pipe(ends[1], &out), 0);
    return coil_stream_write(out, "x", 1);
}

START_TEST(what_is_left_open_goes_with_the_loop)
{
    ck_assert_int_eq(coil_run(left_open()), 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("pipes");
    tcase_add_test(t, a_pipe_carries_lines_and_write_eof_is_its_end);
    tcase_add_test(t, more_than_a_pipe_holds_arrives_in_order);
    tcase_add_test(t, each_end_has_one_direction_and_says_so);
    tcase_add_test(t, a_pipe_without_a_reader_is_an_error_and_no_signal);
    tcase_add_test(t, a_cancelled_read_loses_nothing_and_a_close_ends_it);
    tcase_add_test(t, a_cancelled_send_goes_out_all_the_same);
    tcase_add_test(t, an_aborted_pipe_drops_its_buffer);
    tcase_add_test(t, who_shares_a_pipe_sees_no_nonblock);
    tcase_add_test(t, stdin_stays_open_and_blocking);
    tcase_add_test(t, stdin_may_be_a_file_a_device_or_a_socket);
    tcase_add_test(t, a_file_is_written_in_order);
    tcase_add_test(t, a_terminal_works_from_both_sides_and_is_left_blocking);
    tcase_add_test(t, the_master_reads_eio_when_the_terminal_is_gone);
    tcase_add_test(t, a_terminal_of_another_user_works_and_is_left_blocking);
    tcase_add_test(t, a_read_and_a_write_allocate_nothing);
    tcase_add_test(t, what_is_left_open_goes_with_the_loop);
    return test_main("pipes", t);
}

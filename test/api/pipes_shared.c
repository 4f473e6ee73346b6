/* Fds that others share: stdin, files, devices and terminals as streams, and nobody sees O_NONBLOCK change. */
#include <check.h>
#include <fcntl.h>
#include <pty.h>
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

static char *much;

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

/* Reads until it has n bytes, or the end. */
COIL_ASYNC(own_stdin, (int, n))
{
    coil_stream *in;
    char buf[8];
    int got = 0, k = 1;
    ck_assert_int_eq(coil_connect_read_pipe(STDIN_FILENO, &in), 0);
    while (k > 0 && got < n) {
        k = coil_stream_read(in, buf + got, sizeof buf - (size_t)got);
        got += k;
    }
    end(in);
    ck_assert_int_ge(fcntl(STDIN_FILENO, F_GETFD), 0);
    ck_assert(blocks(STDIN_FILENO));
    return k < 0 ? k : got;
}

START_TEST(stdin_stays_open_and_blocking)
{
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(write(ends[1], "hello", 5), 5);
    int before = put_at(ends[0], 0);
    ck_assert_int_eq(coil_run(own_stdin(5)), 5);
    close(ends[1]);
    ck_assert_int_eq(coil_run(own_stdin(1)), 0);
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
    ck_assert_int_eq(coil_run(own_stdin(4)), 4);
    close(put_at(open("/dev/null", O_RDONLY), 0));
    ck_assert_int_eq(coil_run(own_stdin(1)), 0);
    close(put_at(open("/dev/zero", O_RDONLY), 0));
    ck_assert_int_eq(coil_run(own_stdin(8)), 8);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ck_assert_int_eq(write(ends[1], "socket", 6), 6);
    close(put_at(ends[0], 0));
    ck_assert_int_eq(coil_run(own_stdin(6)), 6);
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
    ssize_t n = 1;
    for (size_t got = 0; n > 0 && got < 5;
         got += (size_t)n) /* a terminal's bytes take their time */
        n = read(master, buf + got, sizeof buf - got);
    return n > 0 ? 0 : -EIO;
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

int main(void)
{
    TCase *t = tcase_create("pipes_shared");
    tcase_add_test(t, who_shares_a_pipe_sees_no_nonblock);
    tcase_add_test(t, stdin_stays_open_and_blocking);
    tcase_add_test(t, stdin_may_be_a_file_a_device_or_a_socket);
    tcase_add_test(t, a_file_is_written_in_order);
    tcase_add_test(t, a_terminal_works_from_both_sides_and_is_left_blocking);
    tcase_add_test(t, the_master_reads_eio_when_the_terminal_is_gone);
    tcase_add_test(t, a_terminal_of_another_user_works_and_is_left_blocking);
    return test_main("pipes_shared", t);
}

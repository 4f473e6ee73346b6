/* Pipes as streams: both directions, their ends, and what they cost. */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"

static int ends[2];

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
    int err = coil_stream_send(out, "x", 1);
    while (err == 0) /* it is in the buffer, and nobody has seen the error yet */
        err = coil_yield_now() < 0 ? -EINTR : coil_stream_send(out, "x", 1);
    ck_assert_int_eq(err, -EPIPE);
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
    if (test_simulated())
        return; /* it allocates, and a read gives a part of what was sent */
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
    tcase_add_test(t, a_read_and_a_write_allocate_nothing);
    tcase_add_test(t, what_is_left_open_goes_with_the_loop);
    return test_main("pipes", t);
}

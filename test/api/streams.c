/* Streams, the reading side: ends, limits, cancelled reads, misuse. Both ends of a socket pair are in one program. */
#include <check.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"

/* Two connected streams. */
static void make_pair(coil_stream **a, coil_stream **b)
{
    int fds[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    ck_assert_int_eq(coil_stream_from_fd(fds[0], a), 0);
    ck_assert_int_eq(coil_stream_from_fd(fds[1], b), 0);
}

static void close_pair(coil_stream *a, coil_stream *b)
{
    ck_assert_int_eq(coil_stream_close(a), 0);
    ck_assert_int_eq(coil_stream_close(b), 0);
    ck_assert_int_eq(coil_stream_wait_closed(a), 0);
    ck_assert_int_eq(coil_stream_wait_closed(b), 0);
}

COIL_ASYNC(reads_in_all_ways)
{
    coil_stream *a, *b;
    char buf[16];
    const char *p;
    size_t n;
    make_pair(&a, &b);
    ck_assert_int_eq(coil_stream_write(a, "line\nkey=val;12345678rest", 25), 0);
    ck_assert_int_eq(coil_stream_readline(b, &p, &n), 5);
    ck_assert_mem_eq(p, "line\n", 5);
    ck_assert_int_eq(coil_stream_readuntil(b, "=", 1, &p, &n), 4);
    ck_assert_mem_eq(p, "key=", 4);
    ck_assert_int_eq(coil_stream_readuntil_any(b, (const char *const[]){",", ";"}, 2, &p, &n), 4);
    ck_assert_mem_eq(p, "val;", 4);
    ck_assert_int_eq(coil_stream_readexactly(b, buf, 8), 8);
    ck_assert_mem_eq(buf, "12345678", 8);
    for (int got = 0, some; got < 2; got += some) {
        some = coil_stream_read(b, buf, (size_t)(2 - got));
        ck_assert_int_gt(some, 0);
    }
    ck_assert_int_eq(coil_stream_read(b, buf, 0), 0);
    ck_assert_int_eq(coil_stream_at_eof(b), 0);
    ck_assert_int_eq(coil_stream_write_eof(a), 0);
    ck_assert_int_eq(coil_stream_write_eof(a), 0);
    ck_assert_int_eq(coil_stream_write(a, "x", 1), -COIL_EINVALIDSTATE);
    ck_assert_int_eq(coil_stream_readexactly(b, buf, 10), -COIL_EINCOMPLETE);
    ck_assert_int_eq(coil_stream_partial(b, NULL), 2);
    ck_assert_mem_eq(buf, "st", 2);
    ck_assert_int_eq(coil_stream_at_eof(b), 1);
    ck_assert_int_eq(coil_stream_readline(b, &p, &n), 0);
    ck_assert_int_eq(coil_stream_read(b, buf, 4), 0);
    close_pair(a, b);
    return 0;
}

START_TEST(every_way_to_read_takes_its_part_and_the_end_is_told)
{
    ck_assert_int_eq(coil_run(reads_in_all_ways()), 0);
}
END_TEST

COIL_ASYNC(over_the_limit)
{
    coil_stream *a, *b;
    char big[300], buf[300];
    const char *p;
    size_t n = 77;
    memset(big, 'x', sizeof big);
    make_pair(&a, &b);
    ck_assert_int_eq(coil_stream_set_limit(b, 0), -EINVAL);
    ck_assert_int_eq(coil_stream_set_limit(b, 100), 0);
    ck_assert_int_eq(coil_stream_write(a, big, sizeof big), 0);
    ck_assert_int_eq(coil_stream_write(a, "\nnext\n", 6), 0);
    ck_assert_int_eq(coil_stream_readuntil(b, "\n", 1, &p, &n), -COIL_ELIMIT);
    ck_assert_uint_eq(n, 77);
    ck_assert_int_eq(coil_stream_readexactly(b, buf, 150), 150); /* the bytes stayed */
    ck_assert_int_eq(coil_stream_readline(b, &p, &n), -COIL_ELIMIT);
    int got = coil_stream_readline(b, &p, &n); /* what had come of the long line was thrown away */
    while (got == -COIL_ELIMIT || (got > 0 && (p[0] == 'x' || p[0] == '\n')))
        got = coil_stream_readline(b, &p, &n);
    ck_assert_int_eq(got, 5);
    ck_assert_mem_eq(p, "next\n", 5);
    ck_assert_int_eq(coil_stream_readuntil(b, "", 0, &p, &n), -EINVAL);
    close_pair(a, b);
    return 0;
}

START_TEST(beyond_the_limit_readuntil_keeps_the_bytes_and_readline_drops_the_line)
{
    ck_assert_int_eq(coil_run(over_the_limit()), 0);
}
END_TEST

enum { LARGE = 100000 };

COIL_ASYNC(cancels_reads)
{
    static char sent[LARGE], got[LARGE], lost[LARGE];
    coil_stream *a, *b;
    const char *p;
    size_t n;
    make_pair(&a, &b);
    for (int i = 0; i < LARGE; i++)
        sent[i] = (char)(i * 7);
    const int first[] = {3, 50000};
    for (int i = 0; i < 2;
         i++) { /* a small one waits in the buffer, a large one in the caller's memory */
        int whole = i == 0 ? 6 : LARGE;
        coil_task *t = coil_create_task(coil_stream_readexactly(b, lost, (size_t)whole));
        ck_assert_int_eq(coil_stream_write(a, sent, (size_t)first[i]), 0);
        for (int turns = 0; turns < 50; turns++)
            ck_assert_int_eq(coil_sleep(0.0001), 0);
        ck_assert_int_eq(coil_task_cancel(t), 1);
        ck_assert_int_eq(coil_await(t), -ECANCELED);
        ck_assert_int_eq(coil_stream_write(a, sent + first[i], (size_t)(whole - first[i])), 0);
        ck_assert_int_eq(coil_stream_readexactly(b, got, (size_t)whole), whole);
        ck_assert_mem_eq(got, sent, (size_t)whole);
    }
    ck_assert_int_eq(coil_wait_for(coil_stream_readline(b, &p, &n), 0.001), -ETIMEDOUT);
    ck_assert_int_eq(coil_stream_write(a, "late\n", 5), 0);
    ck_assert_int_eq(coil_stream_readline(b, &p, &n), 5);
    close_pair(a, b);
    return 0;
}

START_TEST(a_cancelled_or_timed_out_read_loses_no_byte)
{
    ck_assert_int_eq(coil_run(cancels_reads()), 0);
}
END_TEST

COIL_ASYNC(misuses)
{
    coil_stream *a, *b;
    char buf[8];
    const char *p;
    size_t n;
    make_pair(&a, &b);
    coil_task *t = coil_create_task(coil_stream_read(b, buf, sizeof buf));
    ck_assert_int_eq(coil_yield_now(), 0);
    ck_assert_int_eq(coil_stream_read(b, buf, 1), -COIL_ECONCURRENT);
    ck_assert_int_eq(coil_stream_readline(b, &p, &n), -COIL_ECONCURRENT);
    ck_assert_int_eq(coil_stream_write(a, "hi", 2), 0);
    int got = coil_await(t);
    ck_assert_int_gt(got, 0);
    ck_assert_int_eq(coil_stream_readexactly(b, buf, (size_t)(2 - got)), 2 - got);
    ck_assert_int_eq(coil_stream_read(b, NULL, 1), -EINVAL);
    ck_assert_int_eq(coil_stream_read(NULL, buf, 1), -EINVAL);
    ck_assert_int_eq(coil_stream_is_closing(a), 0);
    ck_assert_int_eq(coil_stream_close(a), 0);
    ck_assert_int_eq(coil_stream_close(a), -COIL_ESTALE);
    ck_assert_int_eq(coil_stream_is_closing(a), 1);
    ck_assert_int_eq(coil_stream_read(a, buf, 1), -COIL_ESTALE);
    ck_assert_int_eq(coil_stream_write(a, "x", 1), -COIL_ESTALE);
    ck_assert_int_eq(coil_stream_send(a, "x", 1), -COIL_ESTALE);
    ck_assert_int_eq(coil_stream_drain(a), -COIL_ESTALE);
    ck_assert_int_eq(coil_stream_wait_closed(a), 0);
    ck_assert_int_eq(coil_stream_close(a), -COIL_ESTALE);
    ck_assert_int_eq(coil_stream_wait_closed(a), 0);
    ck_assert_int_eq(coil_stream_read(b, buf, 1), 0);
    ck_assert_int_eq(coil_stream_close(b), 0);
    return coil_stream_wait_closed(b);
}

START_TEST(two_readers_double_close_and_use_after_close_are_errors)
{
    char byte;
    coil_stream *s;
    ck_assert_int_eq(coil_run(misuses()), 0);
    ck_assert_int_eq(coil_stream_read((coil_stream *)(size_t)0x100, &byte, 1), -COIL_ENOLOOP);
    ck_assert_int_eq(coil_stream_from_fd(0, &s), -COIL_ENOLOOP);
}
END_TEST

COIL_ASYNC(read_byte, (coil_stream *, s))
{
    char byte;
    return coil_stream_read(s, &byte, 1);
}

COIL_ASYNC(closes_under_a_reader)
{
    coil_stream *a, *b;
    make_pair(&a, &b);
    coil_task *t = coil_create_task(read_byte(b));
    ck_assert_int_eq(coil_sleep(0), 0);
    ck_assert_int_eq(coil_stream_close(b), 0);
    ck_assert_int_eq(coil_await(t), 0);
    ck_assert_int_eq(coil_stream_wait_closed(b), 0);
    ck_assert_int_eq(coil_stream_close(a), 0);
    make_pair(&a, &b); /* probably the same fd numbers: nobody else may eat the bytes */
    ck_assert_int_eq(coil_stream_write(a, "x", 1), 0);
    ck_assert_int_eq(read_byte(b), 1);
    close_pair(a, b);
    return 0;
}

START_TEST(a_reader_gets_the_end_when_its_stream_is_closed_under_it)
{
    ck_assert_int_eq(coil_run(closes_under_a_reader()), 0);
}
END_TEST

static int turns_of_others;

COIL_ASYNC(count_turns)
{
    for (;;) {
        turns_of_others++;
        int err = coil_yield_now();
        if (err < 0)
            return err;
    }
}

COIL_ASYNC(never_blocks)
{
    coil_stream *a, *b;
    static char bytes[2000];
    char byte;
    make_pair(&a, &b);
    ck_assert_int_eq(coil_stream_write(a, bytes, sizeof bytes), 0);
    ck_assert_int_eq(coil_stream_readexactly(b, bytes, 2), 2); /* the rest is in the buffer now */
    coil_task *t = coil_create_task(count_turns());
    turns_of_others = 0;
    for (int i = 0; i < 1500; i++)
        ck_assert_int_eq(coil_stream_read(b, &byte, 1), 1);
    ck_assert_int_ge(turns_of_others, 10);
    coil_task_cancel(t);
    ck_assert_int_eq(coil_await(t), -ECANCELED);
    ck_assert_int_eq(coil_stream_readexactly(b, bytes, 498), 498); /* a may have kept some of it */
    close_pair(a, b);
    return 0;
}

START_TEST(a_task_whose_data_are_always_there_lets_others_run)
{
    ck_assert_int_eq(coil_run(never_blocks()), 0);
}
END_TEST

COIL_ASYNC(leaves_all_open)
{
    coil_stream *a, *b;
    make_pair(&a, &b);
    ck_assert_int_eq(coil_spawn(read_byte(b)), 0);
    return coil_yield_now();
}

START_TEST(what_is_left_open_goes_with_the_loop)
{
    ck_assert_int_eq(coil_run(leaves_all_open()), 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("streams");
    tcase_add_test(t, every_way_to_read_takes_its_part_and_the_end_is_told);
    tcase_add_test(t, beyond_the_limit_readuntil_keeps_the_bytes_and_readline_drops_the_line);
    tcase_add_test(t, a_cancelled_or_timed_out_read_loses_no_byte);
    tcase_add_test(t, two_readers_double_close_and_use_after_close_are_errors);
    tcase_add_test(t, a_reader_gets_the_end_when_its_stream_is_closed_under_it);
    tcase_add_test(t, a_task_whose_data_are_always_there_lets_others_run);
    tcase_add_test(t, what_is_left_open_goes_with_the_loop);
    return test_main("streams", t);
}

/* A reader that is fed by hand: what it gives, what it refuses, and who is told of an error. */
#include <check.h>
#include <string.h>

#include "coil.h"
#include "harness.h"

static coil_stream_reader *reader_with(size_t limit, const char *text)
{
    coil_stream_reader *r;
    ck_assert_int_eq(coil_stream_reader_new(limit, &r), 0);
    ck_assert_int_eq(coil_stream_reader_feed_data(r, text, strlen(text)), 0);
    return r;
}

COIL_ASYNC(reads_to_the_shortest_separator)
{
    const char *data;
    size_t n;
    /* both end after the 'b'; the shorter begins beyond the limit, and it is the one that counts */
    coil_stream_reader *r = reader_with(1, "xabc");
    const char *const both[] = {"ab", "b"};
    ck_assert_int_eq(coil_stream_reader_readuntil_any(r, both, 2, &data, &n), -COIL_ELIMIT);
    coil_stream_reader_free(r);
    r = reader_with(2, "xabc");
    ck_assert_int_eq(coil_stream_reader_readuntil_any(r, both, 2, &data, &n), 3);
    ck_assert_mem_eq(data, "xab", 3);
    coil_stream_reader_free(r);
    return 0;
}

START_TEST(of_separators_that_end_together_the_shortest_wins)
{
    ck_assert_int_eq(coil_run(reads_to_the_shortest_separator()), 0);
}
END_TEST

COIL_ASYNC(asks_wrongly)
{
    const char *data = "?";
    size_t n = 7;
    char byte;
    coil_stream_reader *r = reader_with(0, "abc");
    const char *many[17];
    for (int i = 0; i < 17; i++)
        many[i] = "x";
    ck_assert_int_eq(coil_stream_reader_readuntil_any(r, many, 17, &data, &n), -EINVAL);
    ck_assert_int_eq(coil_stream_reader_readuntil_any(r, many, 0, &data, &n), -EINVAL);
    ck_assert_int_eq(coil_stream_reader_readuntil_any(r, NULL, 1, &data, &n), -EINVAL);
    many[1] = NULL;
    ck_assert_int_eq(coil_stream_reader_readuntil_any(r, many, 2, &data, &n), -EINVAL);
    ck_assert_int_eq(coil_stream_reader_readuntil(r, "", 0, &data, &n), -EINVAL);
    ck_assert_int_eq(coil_stream_reader_readuntil(r, NULL, 1, &data, &n), -EINVAL);
    ck_assert_int_eq(coil_stream_reader_readexactly(r, NULL, 1), -EINVAL);
    ck_assert_int_eq(coil_stream_reader_readexactly(r, &byte, (size_t)1 << 31), -EINVAL);
    ck_assert_int_eq(coil_stream_reader_read(r, NULL, 1), -EINVAL);
    ck_assert_int_eq(coil_stream_reader_read(NULL, &byte, 1), -EINVAL);
    ck_assert_int_eq(coil_stream_reader_readline(NULL, &data, &n), -EINVAL);
    ck_assert_int_eq(coil_stream_reader_read_all(NULL, &data, &n), -EINVAL);
    ck_assert_int_eq(coil_stream_reader_feed_data(r, NULL, 1), -EINVAL);
    ck_assert_int_eq(coil_stream_reader_feed_data(r, "x", (size_t)3 << 30), -COIL_ELIMIT);
    ck_assert_int_eq(coil_stream_reader_set_error(r, 1), -EINVAL);
    ck_assert_int_eq(coil_stream_reader_feed_eof(NULL), -EINVAL);
    ck_assert_int_eq(coil_stream_reader_at_eof(NULL), -EINVAL);
    ck_assert_int_eq(coil_stream_reader_partial(NULL, NULL), -EINVAL);
    ck_assert_str_eq(data, "?");
    ck_assert_uint_eq(n, 7);
    ck_assert_int_eq(coil_stream_reader_feed_eof(r), 0);
    ck_assert_int_eq(coil_stream_reader_feed_data(r, "x", 1), -COIL_EINVALIDSTATE);
    ck_assert_int_eq(coil_stream_reader_read_all(r, &data, &n), 3);
    ck_assert_mem_eq(data, "abc", 3);
    coil_stream_reader_free(r);
    coil_stream_reader_free(NULL);
    ck_assert_int_eq(coil_stream_reader_new((size_t)1 << 31, &r), -EINVAL);
    ck_assert_int_eq(coil_stream_reader_new(0, NULL), -EINVAL);
    return 0;
}

START_TEST(a_wrong_call_is_refused_and_takes_no_byte)
{
    ck_assert_int_eq(coil_run(asks_wrongly()), 0);
}
END_TEST

COIL_ASYNC(read_two, (coil_stream_reader *, r), (int, ret_status, out))
{
    char two[2];
    *ret_status = coil_stream_reader_readexactly(r, two, 2);
    return 0;
}

COIL_ASYNC(reads_at_the_same_time)
{
    coil_stream_reader *r = reader_with(0, "a");
    int first = 1, second = 1;
    coil_task *t = coil_create_task(read_two(r, &first));
    coil_task *u = coil_create_task(read_two(r, &second));
    ck_assert_int_eq(coil_yield_now(), 0);
    ck_assert_int_eq(coil_stream_reader_feed_data(r, "b", 1), 0);
    ck_assert_int_eq(coil_await(t), 0);
    ck_assert_int_eq(coil_await(u), 0);
    ck_assert_int_eq(first, 2);
    ck_assert_int_eq(second, -COIL_ECONCURRENT);
    coil_stream_reader_free(r);
    return 0;
}

START_TEST(a_second_task_that_waits_is_refused)
{
    ck_assert_int_eq(coil_run(reads_at_the_same_time()), 0);
}
END_TEST

COIL_ASYNC(read_message, (coil_stream_reader *, r))
{
    const char *line;
    for (int i = 0; i < 3; i++) { /* now and ever after */
        ck_assert_int_eq(coil_stream_reader_readline(r, &line, NULL), -EPROTO);
        ck_assert_str_eq(coil_error_message(-EPROTO), "byte 7 is no digit");
    }
    ck_assert_int_eq(coil_stream_reader_readexactly(r, &(char){0}, 1), -EPROTO);
    ck_assert_int_eq(coil_stream_reader_read(r, &(char){0}, 1), -EPROTO);
    ck_assert_int_eq(coil_stream_reader_read_all(r, &line, NULL), -EPROTO);
    return 0;
}

COIL_ASYNC(fails_a_reader)
{
    coil_stream_reader *r = reader_with(0, "half a line");
    coil_task *t = coil_create_task(read_message(r));
    ck_assert_int_eq(coil_yield_now(), 0);
    int err = coil_fail(-EPROTO, "byte %d is no digit", 7);
    ck_assert_int_eq(coil_stream_reader_set_error(r, err), 0);
    ck_assert_int_eq(coil_await(t), 0);
    coil_stream_reader_free(r);
    return 0;
}

START_TEST(an_error_reaches_the_task_that_waits_and_those_that_come_later_with_its_message)
{
    ck_assert_int_eq(coil_run(fails_a_reader()), 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("stream_reader");
    tcase_add_test(t, of_separators_that_end_together_the_shortest_wins);
    tcase_add_test(t, a_wrong_call_is_refused_and_takes_no_byte);
    tcase_add_test(t, a_second_task_that_waits_is_refused);
    tcase_add_test(t,
                   an_error_reaches_the_task_that_waits_and_those_that_come_later_with_its_message);
    return test_main("stream_reader", t);
}

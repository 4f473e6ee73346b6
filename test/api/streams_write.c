/* Streams, the writing side: order, backpressure, half-close, errors, abort, and what a close still sends. */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "coil.h"
#include "coil/memory.h"
#include "harness.h"

enum { BIG = 4 << 20 };
static char *big, *received;

static void make_pair(coil_stream **a, coil_stream **b)
{
    int fds[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    ck_assert_int_eq(coil_stream_from_fd(fds[0], a), 0);
    ck_assert_int_eq(coil_stream_from_fd(fds[1], b), 0);
}

COIL_ASYNC(send_big, (coil_stream *, s))
{
    return coil_stream_send(s, big, BIG);
}

COIL_ASYNC(keeps_order)
{
    coil_stream *a, *b;
    make_pair(&a, &b);
    coil_task *t =
        coil_create_task(send_big(a)); /* from its own memory, while others write behind it */
    ck_assert_int_eq(coil_sleep(0), 0);
    ck_assert_int_eq(coil_stream_write(a, "behind", 6), 0);
    ck_assert_int_eq(
        coil_stream_writelines(a, (const struct iovec[]){{(void *)"-", 1}, {(void *)"it", 2}}, 2),
        0);
    ck_assert_int_eq(coil_stream_get_write_buffer_size(a), 9);
    ck_assert_int_eq(coil_stream_readexactly(b, received, BIG), BIG);
    ck_assert_mem_eq(received, big, BIG);
    ck_assert_int_eq(coil_await(t), 0);
    ck_assert_int_eq(coil_stream_readexactly(b, received, 9), 9);
    ck_assert_mem_eq(received, "behind-it", 9);
    coil_stream_close(a);
    coil_stream_close(b);
    ck_assert_int_eq(coil_stream_wait_closed(a), 0);
    return coil_stream_wait_closed(b);
}

START_TEST(what_is_written_during_a_large_send_comes_behind_it)
{
    ck_assert_int_eq(coil_run(keeps_order()), 0);
}
END_TEST

COIL_ASYNC(cancels_send)
{
    coil_stream *a, *b;
    make_pair(&a, &b);
    coil_task *t = coil_create_task(send_big(a));
    ck_assert_int_eq(coil_sleep(0.005), 0);
    coil_task_cancel(t);
    ck_assert_int_eq(coil_await(t), -ECANCELED);
    ck_assert_int_eq(coil_stream_write(a, "next", 4), 0);
    ck_assert_int_eq(coil_stream_readexactly(b, received, BIG), BIG);
    ck_assert_mem_eq(received, big, BIG);
    ck_assert_int_eq(coil_stream_readexactly(b, received, 4), 4);
    ck_assert_mem_eq(received, "next", 4);
    coil_stream_close(a);
    coil_stream_close(b);
    return coil_stream_wait_closed(b);
}

START_TEST(a_cancelled_send_leaves_no_half_message)
{
    ck_assert_int_eq(coil_run(cancels_send()), 0);
}
END_TEST

COIL_ASYNC(drains)
{
    coil_stream *a, *b;
    make_pair(&a, &b);
    ck_assert_int_eq(coil_stream_set_write_buffer_limits(a, 1, 2), -EINVAL);
    ck_assert_int_eq(coil_stream_set_write_buffer_limits(a, 1000, -1), 0);
    ck_assert_int_eq(coil_stream_drain(a), 0);
    ck_assert_int_eq(coil_stream_write(a, big, BIG), 0);
    ck_assert_int_gt(coil_stream_get_write_buffer_size(a), 1000);
    coil_task *one = coil_create_task(coil_stream_drain(a));
    coil_task *two = coil_create_task(coil_stream_drain(a));
    ck_assert_int_eq(coil_sleep(0.005), 0);
    ck_assert_int_eq(coil_task_done(one), 0);
    ck_assert_int_eq(coil_wait_for(coil_stream_drain(a), 0.001), -ETIMEDOUT);
    ck_assert_int_eq(coil_stream_readexactly(b, received, BIG), BIG);
    ck_assert_int_eq(coil_gather(coil_await(one), coil_await(two)), 0);
    ck_assert_int_le(coil_stream_get_write_buffer_size(a), 250);
    coil_stream_close(a);
    coil_stream_close(b);
    return coil_stream_wait_closed(b);
}

START_TEST(drains_wait_above_high_water_and_return_below_low_water)
{
    ck_assert_int_eq(coil_run(drains()), 0);
}
END_TEST

COIL_ASYNC(closes_with_a_full_buffer)
{
    coil_stream *a, *b;
    const char *all;
    size_t n;
    make_pair(&a, &b);
    ck_assert_int_eq(coil_stream_write(a, big, BIG), 0);
    ck_assert_int_eq(coil_stream_close(a), 0);
    ck_assert_int_eq(coil_stream_is_closing(a), 1);
    ck_assert_int_eq(coil_stream_read_all(b, &all, &n), BIG);
    ck_assert_mem_eq(all, big, BIG);
    coil_stream_close(b);
    ck_assert_int_eq(coil_stream_wait_closed(b), 0);
    return coil_stream_wait_closed(a);
}

START_TEST(a_close_still_sends_what_is_buffered)
{
    ck_assert_int_eq(coil_run(closes_with_a_full_buffer()), 0);
}
END_TEST

COIL_ASYNC(writes_to_a_gone_peer)
{
    coil_stream *a, *b;
    int err = 0;
    make_pair(&a, &b);
    coil_task *t = coil_create_task(send_big(a));
    ck_assert_int_eq(coil_sleep(0), 0);
    coil_stream_close(b);
    ck_assert_int_eq(coil_stream_wait_closed(b), 0);
    err = coil_await(t);
    ck_assert(err == -EPIPE || err == -ECONNRESET);
    err = coil_stream_write(a, "x", 1);
    ck_assert(err == -EPIPE || err == -ECONNRESET);
    err = coil_stream_drain(a);
    ck_assert(err == -EPIPE || err == -ECONNRESET);
    coil_stream_close(a);
    err = coil_stream_wait_closed(a);
    ck_assert(err == -EPIPE || err == -ECONNRESET);
    return 0;
}

START_TEST(a_peer_that_is_gone_is_an_error_and_no_signal)
{
    signal(SIGPIPE, SIG_DFL);
    ck_assert_int_eq(coil_run(writes_to_a_gone_peer()), 0);
}
END_TEST

COIL_ASYNC(aborts)
{
    coil_stream *a, *b;
    char byte;
    make_pair(&a, &b);
    ck_assert_int_eq(coil_stream_write(a, big, BIG), 0);
    coil_task *t = coil_create_task(coil_stream_drain(a));
    ck_assert_int_eq(coil_sleep(0), 0);
    ck_assert_int_eq(coil_stream_abort(a), 0);
    ck_assert_int_eq(coil_stream_abort(a), 0);
    ck_assert_int_eq(coil_stream_get_write_buffer_size(a), 0);
    ck_assert_int_eq(coil_await(t), -ECONNABORTED);
    ck_assert_int_eq(coil_stream_is_closing(a), 1);
    ck_assert_int_eq(coil_stream_read(a, &byte, 1), 0);
    ck_assert_int_eq(coil_stream_write(a, "x", 1), -ECONNABORTED);
    ck_assert_int_eq(coil_stream_fd(a), -EBADF);
    ck_assert_int_lt(coil_stream_readexactly(b, received, BIG), 0);
    ck_assert_int_eq(coil_stream_close(a), 0);
    coil_stream_close(b);
    ck_assert_int_eq(coil_stream_wait_closed(a), 0);
    return coil_stream_wait_closed(b);
}

START_TEST(an_abort_drops_the_buffer_and_ends_both_directions_at_once)
{
    ck_assert_int_eq(coil_run(aborts()), 0);
}
END_TEST

COIL_ASYNC(echoes, (unsigned long long, ret_allocations, out))
{
    coil_stream *a, *b;
    char buf[64] = "x";
    unsigned long long before = 0, after = 0;
    make_pair(&a, &b);
    for (int i = 0; i < 1200; i++) {
        if (i == 200)
            coil_memory_counts(&before, NULL);
        ck_assert_int_eq(coil_stream_send(a, buf, 64), 0);
        ck_assert_int_eq(coil_stream_read(b, buf, 64), 64);
    }
    coil_memory_counts(&after, NULL);
    *ret_allocations = after - before;
    coil_stream_close(a);
    coil_stream_close(b);
    return coil_stream_wait_closed(b);
}

START_TEST(a_read_or_a_send_allocates_nothing)
{
    if (test_simulated())
        return; /* it allocates, and a read gives a part of what was sent */
    unsigned long long n = 77;
    ck_assert_int_eq(coil_run(echoes(&n)), 0);
    ck_assert_uint_eq(n, 0);
}
END_TEST

int main(void)
{
    big = malloc(BIG);
    received = malloc(BIG);
    if (!big || !received)
        return 1;
    for (int i = 0; i < BIG; i++)
        big[i] = (char)(i ^ i >> 9);
    TCase *t = tcase_create("streams_write");
    tcase_add_test(t, what_is_written_during_a_large_send_comes_behind_it);
    tcase_add_test(t, a_cancelled_send_leaves_no_half_message);
    tcase_add_test(t, drains_wait_above_high_water_and_return_below_low_water);
    tcase_add_test(t, a_close_still_sends_what_is_buffered);
    tcase_add_test(t, a_peer_that_is_gone_is_an_error_and_no_signal);
    tcase_add_test(t, an_abort_drops_the_buffer_and_ends_both_directions_at_once);
    tcase_add_test(t, a_read_or_a_send_allocates_nothing);
    int status = test_main("streams_write", t);
    free(big);
    free(received);
    return status;
}

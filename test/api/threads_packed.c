/* Connections packed by hand, for another loop or for nobody; what can't be packed; and a loop that has gone before one comes. */
#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"
#include "in_thread.h"

static char big[3 << 20];

static int never(coil_stream *stream, void *arg)
{
    (void)stream, (void)arg;
    ck_abort_msg("this connection goes nowhere");
    return 0;
}

static void make_pair(coil_stream **a, coil_stream **b)
{
    int fds[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    ck_assert_int_eq(coil_stream_from_fd(fds[0], a), 0);
    ck_assert_int_eq(coil_stream_from_fd(fds[1], b), 0);
}

static void expect_bytes(coil_stream *stream, const char *expected)
{
    char buf[16] = "";
    int n = (int)strlen(expected);
    ck_assert_int_eq(coil_stream_readexactly(stream, buf, (size_t)n), n);
    ck_assert_int_eq(memcmp(buf, expected, (size_t)n), 0);
}

static COIL_ASYNC(read_packed, (coil_packed_stream *, packed))
{
    coil_stream *stream;
    int err = coil_stream_unpack(packed, &stream);
    if (err < 0) {
        coil_packed_stream_free(packed);
        return err;
    }
    expect_bytes(stream, "def");
    err = coil_stream_send(stream, "ghi", 3);
    coil_stream_close(stream);
    return err;
}

static COIL_ASYNC(pack_by_hand)
{
    coil_stream *a, *b;
    coil_packed_stream *packed;
    if (coil_thread_index() != 0)
        return 0;
    make_pair(&a, &b);
    ck_assert_int_eq(coil_stream_send(b, "abcdef", 6), 0);
    expect_bytes(a, "abc");
    ck_assert_int_eq(coil_stream_pack(a, &packed), 0);
    ck_assert_int_eq(coil_stream_pack(a, &packed), -COIL_ESTALE);
    ck_assert_int_eq(coil_to_loop(coil_thread_loop(1), read_packed(packed)), 0);
    expect_bytes(b, "ghi");
    coil_stream_close(b);
    /* and given up instead */
    make_pair(&a, &b);
    ck_assert_int_eq(coil_stream_pack(a, &packed), 0);
    coil_packed_stream_free(packed);
    coil_packed_stream_free(NULL);
    ck_assert_int_eq(coil_stream_read(b, &(char){0}, 1), 0);
    coil_stream_close(b);
    return 0;
}

START_TEST(a_packed_connection_is_carried_by_a_call)
{
    ck_assert_int_eq(coil_run_threads(2, pack_by_hand()), 0);
}
END_TEST

static COIL_ASYNC(read_one, (coil_stream *, stream))
{
    char byte;
    return coil_stream_read(stream, &byte, 1);
}

static coil_loop *closed;

static COIL_ASYNC(refusals)
{
    coil_stream *a, *b;
    coil_packed_stream *packed = NULL;
    make_pair(&a, &b);
    ck_assert_int_eq(coil_stream_pack(NULL, &packed), -EINVAL);
    ck_assert_int_eq(coil_stream_pack(a, NULL), -EINVAL);
    ck_assert_int_eq(coil_stream_unpack(NULL, &a), -EINVAL);
    ck_assert_int_eq(coil_stream_move(a, NULL, never, NULL), -EINVAL);
    ck_assert_int_eq(coil_stream_move(a, coil_loop_running(), NULL, NULL), -EINVAL);
    ck_assert_int_eq(coil_stream_move(a, closed, never, NULL), -COIL_ELOOPCLOSED);
    /* somebody reads */
    coil_task *t = coil_create_task(read_one(a));
    ck_assert_int_eq(coil_yield_now(), 0);
    ck_assert_int_eq(coil_stream_pack(a, &packed), -COIL_ECONCURRENT);
    ck_assert_int_eq(coil_stream_move(a, coil_loop_running(), never, NULL), -COIL_ECONCURRENT);
    ck_assert_int_eq(coil_stream_send(b, "x", 1), 0);
    ck_assert_int_eq(coil_await(t), 1);
    /* given up while the buffer goes out: the stream is as it was */
    ck_assert_int_eq(coil_stream_write(a, big, sizeof big), 0);
    ck_assert_int_eq(coil_wait_for(coil_stream_pack(a, &packed), 0.001), -ETIMEDOUT);
    t = coil_create_task(coil_stream_pack(a, &packed));
    for (size_t left = sizeof big; left > 0;) {
        static char buf[65536];
        int n = coil_stream_read(b, buf, left < sizeof buf ? left : sizeof buf);
        ck_assert_int_gt(n, 0);
        left -= (size_t)n;
    }
    ck_assert_int_eq(coil_await(t), 0);
    ck_assert_int_eq(coil_stream_unpack(packed, &a), 0);
    ck_assert_int_eq(coil_stream_send(a, "y", 1), 0);
    expect_bytes(b, "y");
    /* closing, and broken */
    coil_stream_abort(a);
    ck_assert_int_eq(coil_stream_pack(a, &packed), -COIL_EINVALIDSTATE);
    coil_stream_close(a);
    coil_stream_close(b);
    /* what is no socket */
    int fds[2];
    ck_assert_int_eq(pipe(fds), 0);
    ck_assert_int_eq(coil_connect_read_pipe(fds[0], &a), 0);
    ck_assert_int_eq(coil_stream_pack(a, &packed), -EOPNOTSUPP);
    coil_stream_close(a);
    close(fds[1]);
    return 0;
}

TEST_IN_THREAD(what_can_not_be_packed_stays_as_it_was)
{
    ck_assert_int_eq(coil_loop_new(NULL, &closed), 0);
    ck_assert_int_eq(coil_loop_close(closed), 0);
    ck_assert_int_eq(coil_run(refusals()), 0);
    return arg;
}

/* ---------------------------------------------------------------- to a loop that closes without having run ---- */

static coil_loop *idle;
static atomic_int idle_stage;

static void *hold_idle_loop(void *arg)
{
    ck_assert_int_eq(coil_loop_new(NULL, &idle), 0);
    atomic_store(&idle_stage, 1);
    while (atomic_load(&idle_stage) == 1)
        usleep(200);
    ck_assert_int_eq(coil_loop_close(idle), 0);
    atomic_store(&idle_stage, 3);
    return arg;
}

static COIL_ASYNC(move_to_idle)
{
    coil_stream *a, *b;
    make_pair(&a, &b);
    ck_assert_int_eq(coil_stream_move(a, idle, never, NULL), 0);
    atomic_store(&idle_stage, 2);
    ck_assert_int_eq(coil_stream_read(b, &(char){0}, 1), 0); /* the end */
    coil_stream_close(b);
    return 0;
}

START_TEST(a_loop_that_closes_first_closes_the_connection)
{
    pthread_t thread;
    atomic_store(&idle_stage, 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, hold_idle_loop, NULL), 0);
    while (!atomic_load(&idle_stage))
        usleep(100);
    ck_assert_int_eq(coil_run(move_to_idle()), 0);
    pthread_join(thread, NULL);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("packed connections");
    tcase_add_test(t, a_packed_connection_is_carried_by_a_call);
    tcase_add_test(t, what_can_not_be_packed_stays_as_it_was);
    tcase_add_test(t, a_loop_that_closes_first_closes_the_connection);
    return test_main("packed connections", t);
}

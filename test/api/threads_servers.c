/* Servers that share a port, and connections that move from loop to loop without losing a byte. */
#include <check.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"
#include "in_thread.h"

enum { LOOPS = 3, BIG = 3 << 20 };

/* ---------------------------------------------------------------- one port, many loops ---- */

static atomic_int port, served[LOOPS], serving, done;

static int tell_thread(coil_stream *stream, void *arg)
{
    char mine = (char)('0' + coil_thread_index());
    (void)arg;
    atomic_fetch_add(&served[coil_thread_index()], 1);
    return coil_stream_send(stream, &mine, 1);
}

static bool each_has_served(void)
{
    for (int i = 0; i < LOOPS; i++)
        if (atomic_load(&served[i]) == 0)
            return false;
    return true;
}

/* The kernel spreads connections by a hash: many enough reach every loop. */
static COIL_ASYNC(connect_until_each_has_served)
{
    int err = 0;
    for (int i = 0; i < 2000 && err >= 0 && !each_has_served(); i++) {
        coil_stream *stream;
        char who;
        err = coil_open_connection("127.0.0.1", atomic_load(&port), &stream);
        if (err < 0)
            break;
        err = coil_stream_readexactly(stream, &who, 1);
        coil_stream_close(stream);
    }
    return err < 0 ? err : each_has_served() ? 0 : -EPROTO;
}

static COIL_ASYNC(share_port)
{
    const coil_server_options options = {.reuse_port = 1};
    coil_server *server;
    int err = 0;
    while (coil_thread_index() > 0 && atomic_load(&port) == 0 && err >= 0)
        err = coil_sleep(0.0005);
    if (err >= 0)
        err = coil_start_server("127.0.0.1", atomic_load(&port), tell_thread, NULL, &options,
                                &server);
    if (err < 0)
        return err;
    if (coil_thread_index() == 0)
        atomic_store(&port, coil_server_port(server));
    atomic_fetch_add(&serving, 1);
    while (coil_thread_index() == 0 && atomic_load(&serving) < LOOPS && err >= 0)
        err = coil_sleep(0.0005);
    if (coil_thread_index() == 0 && err >= 0) {
        err = connect_until_each_has_served();
        atomic_store(&done, 1);
    }
    while (!atomic_load(&done) && err >= 0)
        err = coil_sleep(0.0005);
    coil_server_close(server);
    int closed = coil_server_wait_closed(server);
    coil_server_free(server);
    return err < 0 ? err : closed;
}

START_TEST(servers_on_one_port_get_connections_in_each_loop)
{
    ck_assert_int_eq(coil_run_threads(LOOPS, share_port()), 0);
}
END_TEST

static COIL_ASYNC(take_port_twice)
{
    coil_server *a, *b;
    int err = coil_start_server("127.0.0.1", 0, tell_thread, NULL, NULL, &a);
    if (err < 0)
        return err;
    err = coil_start_server("127.0.0.1", coil_server_port(a), tell_thread, NULL,
                            &(coil_server_options){.reuse_port = 1}, &b);
    coil_server_free(a);
    return err;
}

TEST_IN_THREAD(a_port_is_shared_only_by_those_who_agree)
{
    ck_assert_int_eq(coil_run(take_port_twice()), -EADDRINUSE);
    return arg;
}

/* ---------------------------------------------------------------- a connection moves ---- */

/* The second half of a conversation, in another loop: what came before the move and after it. */
static int answer_there(coil_stream *stream, void *arg)
{
    const char *line;
    size_t size;
    ck_assert_int_eq(coil_thread_index(), *(int *)arg);
    for (;;) {
        int err = coil_stream_readline(stream, &line, &size);
        if (err < 0 || size == 0)
            return err < 0 ? err : 0;
        char answer[64];
        int n = snprintf(answer, sizeof answer, "%d:%.*s", coil_thread_index(), (int)size, line);
        err = coil_stream_send(stream, answer, (size_t)n);
        if (err < 0)
            return err;
    }
}

static int one = 1;

static int answer_once_and_move(coil_stream *stream, void *arg)
{
    const char *line;
    size_t size;
    (void)arg;
    int err = coil_stream_readline(stream, &line, &size);
    if (err >= 0)
        err = coil_stream_send(stream, line, size);
    if (err >= 0)
        err = coil_stream_move(stream, coil_thread_loop(1), answer_there, &one);
    if (err >= 0)
        ck_assert_int_eq(coil_stream_close(stream), -COIL_ESTALE);
    return err;
}

static int expect_line(coil_stream *stream, const char *expected)
{
    const char *line;
    size_t size;
    int err = coil_stream_readline(stream, &line, &size);
    if (err < 0)
        return err;
    return size == strlen(expected) && memcmp(line, expected, size) == 0 ? 0 : -EBADMSG;
}

/* All lines are sent before the first is answered: so the others are in the stream's buffer when it moves. */
static COIL_ASYNC(converse, (int, at), (int, half_close))
{
    coil_stream *stream;
    int err = coil_open_connection("127.0.0.1", at, &stream);
    if (err < 0)
        return err;
    err = coil_stream_send(stream, "a\nb\nc\n", 6);
    if (err >= 0 && half_close)
        err = coil_stream_write_eof(stream);
    if (err >= 0)
        err = expect_line(stream, "a\n");
    if (err >= 0)
        err = expect_line(stream, "1:b\n");
    if (err >= 0)
        err = expect_line(stream, "1:c\n");
    if (err >= 0 && !half_close)
        err = coil_stream_send(stream, "d\n", 2);
    if (err >= 0 && !half_close)
        err = expect_line(stream, "1:d\n");
    if (err >= 0 && !half_close)
        err = coil_stream_write_eof(stream);
    if (err >= 0)
        err = expect_line(stream, "");
    coil_stream_close(stream);
    return err;
}

/* Only the first thread serves; the other ones get what it moves. */
static COIL_ASYNC(serve_and_move)
{
    coil_server *server;
    if (coil_thread_index() != 0)
        return 0;
    int err = coil_start_server("127.0.0.1", 0, answer_once_and_move, NULL, NULL, &server);
    if (err < 0)
        return err;
    for (int i = 0; i < 20 && err >= 0; i++)
        err = converse(coil_server_port(server), i % 2);
    coil_server_close(server); /* which counts what moved as closed */
    int closed = coil_server_wait_closed(server);
    coil_server_free(server);
    return err < 0 ? err : closed;
}

START_TEST(what_was_received_moves_with_the_connection)
{
    ck_assert_int_eq(coil_run_threads(2, serve_and_move()), 0);
}
END_TEST

static char big[BIG];

static int write_last(coil_stream *stream, void *arg)
{
    (void)arg;
    ck_assert_int_eq(coil_thread_index(), 1);
    return coil_stream_send(stream, "!", 1);
}

static int write_much_and_move(coil_stream *stream, void *arg)
{
    (void)arg;
    int err = coil_stream_write(stream, big, sizeof big);
    return err < 0 ? err : coil_stream_move(stream, coil_thread_loop(1), write_last, NULL);
}

static COIL_ASYNC(read_much)
{
    coil_server *server;
    coil_stream *stream;
    const char *all;
    size_t size = 0;
    if (coil_thread_index() != 0)
        return 0;
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (char)(i * 31 >> 3);
    int err = coil_start_server("127.0.0.1", 0, write_much_and_move, NULL, NULL, &server);
    if (err < 0)
        return err;
    err = coil_open_connection("127.0.0.1", coil_server_port(server), &stream);
    if (err >= 0)
        err = coil_sleep(0.002);
    if (err >= 0)
        err = coil_stream_read_all(stream, &all, &size);
    if (err >= 0)
        err = size == sizeof big + 1 && memcmp(all, big, sizeof big) == 0 && all[BIG] == '!'
                  ? 0
                  : -EBADMSG;
    coil_stream_close(stream);
    coil_server_free(server);
    return err;
}

START_TEST(what_was_written_goes_out_before_the_connection_moves)
{
    ck_assert_int_eq(coil_run_threads(2, read_much()), 0);
}
END_TEST

/* ---------------------------------------------------------------- by its fd ---- */

static COIL_ASYNC(answer_fd, (int, fd))
{
    coil_stream *stream;
    ck_assert_int_eq(coil_thread_index(), 1);
    int err = coil_stream_from_fd(fd, &stream);
    if (err < 0)
        return err;
    err = answer_there(stream, &one);
    coil_stream_close(stream);
    return err;
}

static COIL_ASYNC(accept_and_pass_on, (int, listener))
{
    int fd = coil_accept(listener);
    return fd < 0 ? fd : coil_to_loop(coil_thread_loop(1), answer_fd(fd));
}

static COIL_ASYNC(ask_by_fd, (int, at))
{
    coil_stream *stream;
    int err = coil_open_connection("127.0.0.1", at, &stream);
    if (err < 0)
        return err;
    err = coil_stream_send(stream, "x\n", 2);
    if (err >= 0)
        err = expect_line(stream, "1:x\n");
    coil_stream_close(stream);
    return err;
}

static COIL_ASYNC(pass_fds_on)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof at;
    if (coil_thread_index() != 0)
        return 0;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, size), 0);
    ck_assert_int_eq(listen(fd, 4), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    int err = 0;
    for (int i = 0; i < 5 && err >= 0; i++)
        err = coil_gather(accept_and_pass_on(fd), ask_by_fd(ntohs(at.sin_port)));
    int shut = coil_close(fd);
    return err < 0 ? err : shut;
}

START_TEST(a_connection_that_was_accepted_raw_is_passed_on_as_a_number)
{
    ck_assert_int_eq(coil_run_threads(2, pass_fds_on()), 0);
}
END_TEST

/* ---------------------------------------------------------------- packed by hand ---- */

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
    ck_assert_int_eq(coil_stream_move(a, NULL, tell_thread, NULL), -EINVAL);
    ck_assert_int_eq(coil_stream_move(a, coil_loop_running(), NULL, NULL), -EINVAL);
    ck_assert_int_eq(coil_stream_move(a, closed, tell_thread, NULL), -COIL_ELOOPCLOSED);
    /* somebody reads */
    coil_task *t = coil_create_task(read_one(a));
    ck_assert_int_eq(coil_yield_now(), 0);
    ck_assert_int_eq(coil_stream_pack(a, &packed), -COIL_ECONCURRENT);
    ck_assert_int_eq(coil_stream_move(a, coil_loop_running(), tell_thread, NULL),
                     -COIL_ECONCURRENT);
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

/* ---- to a loop that closes without having run ---- */

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
    ck_assert_int_eq(coil_stream_move(a, idle, tell_thread, NULL), 0);
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
    TCase *t = tcase_create("servers in several loops");
    tcase_add_test(t, servers_on_one_port_get_connections_in_each_loop);
    tcase_add_test(t, a_port_is_shared_only_by_those_who_agree);
    tcase_add_test(t, what_was_received_moves_with_the_connection);
    tcase_add_test(t, what_was_written_goes_out_before_the_connection_moves);
    tcase_add_test(t, a_connection_that_was_accepted_raw_is_passed_on_as_a_number);
    tcase_add_test(t, a_packed_connection_is_carried_by_a_call);
    tcase_add_test(t, what_can_not_be_packed_stays_as_it_was);
    tcase_add_test(t, a_loop_that_closes_first_closes_the_connection);
    return test_main("servers in several loops", t);
}

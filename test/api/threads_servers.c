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

int main(void)
{
    TCase *t = tcase_create("servers in several loops");
    tcase_add_test(t, servers_on_one_port_get_connections_in_each_loop);
    tcase_add_test(t, a_port_is_shared_only_by_those_who_agree);
    tcase_add_test(t, what_was_received_moves_with_the_connection);
    tcase_add_test(t, what_was_written_goes_out_before_the_connection_moves);
    tcase_add_test(t, a_connection_that_was_accepted_raw_is_passed_on_as_a_number);
    return test_main("servers in several loops", t);
}

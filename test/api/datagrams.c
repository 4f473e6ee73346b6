/* Datagrams: endpoints of three families, their sizes, refused peers, closing, and the calls on raw fds. */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"
#include "in_dir.h"
#include "in_thread.h"

static const char *unix_in_dir(const char *name)
{
    static char path[4][128];
    static int turn;
    char *p = path[turn++ % 4];
    snprintf(p, sizeof path[0], "unix:%s/%s", dir, name);
    return p;
}

/* An endpoint, and its address as text. */
static coil_datagram *opened(const char *local, char *text, size_t n)
{
    coil_datagram *d = NULL;
    coil_address address;
    ck_assert_int_eq(coil_datagram_open(local, NULL, NULL, &d), 0);
    ck_assert_int_eq(coil_datagram_sockname(d, &address), 0);
    coil_address_format(&address, text, n);
    return d;
}

typedef const char *text;

static COIL_ASYNC(echo_once, (text, local), (text, unused))
{
    char at[128], buf[64], peer[128];
    coil_datagram *server = opened(local, at, sizeof at), *client;
    coil_address from;
    size_t lost = 7;
    (void)unused;
    const char *own = strncmp(local, "unix:", 5) == 0 ? unix_in_dir("client") : NULL;
    ck_assert_int_eq(coil_datagram_open(own, at, NULL, &client), 0);
    ck_assert_int_eq(coil_datagram_send(client, "ping", 4), 4);
    ck_assert_int_eq(coil_datagram_recvfrom(server, buf, sizeof buf, &from, &lost), 4);
    ck_assert_mem_eq(buf, "ping", 4);
    ck_assert_uint_eq(lost, 0);
    ck_assert_int_eq(coil_datagram_sendto(server, "pong!", 5, &from), 5);
    ck_assert_int_eq(coil_datagram_recv(client, buf, sizeof buf), 5);
    ck_assert_mem_eq(buf, "pong!", 5);
    ck_assert_int_eq(coil_datagram_peername(client, &from), 0);
    coil_address_format(&from, peer, sizeof peer);
    ck_assert_str_eq(peer, at);
    ck_assert_int_eq(coil_datagram_peername(server, &from), -ENOTCONN);
    ck_assert_int_eq(coil_datagram_close(client), 0);
    return coil_datagram_close(server);
}

START_TEST(a_datagram_is_answered_over_ipv4)
{
    ck_assert_int_eq(coil_run(echo_once("127.0.0.1:0", NULL)), 0);
}
END_TEST

START_TEST(a_datagram_is_answered_over_ipv6)
{
    ck_assert_int_eq(coil_run(echo_once("[::1]:0", NULL)), 0);
}
END_TEST

START_TEST(a_datagram_is_answered_over_a_unix_socket_and_its_path_goes_with_it)
{
    ck_assert_int_eq(coil_run(echo_once(unix_in_dir("server"), NULL)), 0);
    ck_assert_int_ne(access(unix_in_dir("server") + 5, F_OK), 0);
    ck_assert_int_ne(access(unix_in_dir("client") + 5, F_OK), 0);
}
END_TEST

START_TEST(a_datagram_is_answered_over_an_abstract_unix_socket)
{
    char name[64];
    snprintf(name, sizeof name, "unix:@coil-test-%d", (int)getpid());
    ck_assert_int_eq(coil_run(echo_once(name, NULL)), 0);
}
END_TEST

/* ---------------------------------------------------------------- sizes ---- */

static COIL_ASYNC(sizes)
{
    static char big[70000];
    char at[128], buf[8];
    size_t lost = 0;
    coil_datagram *server = opened("127.0.0.1:0", at, sizeof at), *client;
    ck_assert_int_eq(coil_datagram_open(NULL, at, NULL, &client), 0);

    ck_assert_int_eq(coil_datagram_send(client, "", 0), 0);
    ck_assert_int_eq(coil_datagram_recv(server, buf, sizeof buf), 0);

    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(coil_datagram_send(client, "0123456789", 10), 10);
    ck_assert_int_eq(coil_datagram_recvfrom(server, buf, sizeof buf, NULL, &lost), 8);
    ck_assert_mem_eq(buf, "01234567", 8);
    ck_assert_uint_eq(lost, 2);
    int err = coil_datagram_recv(server, buf, 4);
    ck_assert_int_eq(err, -EMSGSIZE);
    ck_assert_str_eq(coil_error_message(err), "a datagram of 10 bytes does not fit into 4");

    err = coil_datagram_send(client, big, sizeof big);
    ck_assert_int_eq(err, -EMSGSIZE);
    ck_assert_str_eq(coil_error_message(err),
                     "a datagram of 70000 bytes: UDP carries at most 65507");
    ck_assert_int_eq(coil_datagram_close(client), 0);
    return coil_datagram_close(server);
}

TEST_IN_THREAD(what_does_not_fit_is_counted_or_an_error_that_names_the_sizes)
{
    ck_assert_int_eq(coil_run(sizes()), 0);
    return arg;
}

/* ---------------------------------------------------------------- errors ---- */

static COIL_ASYNC(refused)
{
    char at[128], buf[8];
    coil_datagram *server = opened("127.0.0.1:0", at, sizeof at), *client, *again;
    ck_assert_int_eq(coil_datagram_open(NULL, at, NULL, &client), 0);
    ck_assert_int_eq(coil_datagram_close(server), 0);
    ck_assert_int_eq(coil_datagram_send(client, "x", 1), 1);
    ck_assert_int_eq(coil_datagram_recv(client, buf, sizeof buf), -ECONNREFUSED);
    ck_assert_int_eq(coil_datagram_send(client, "x", 1), 1);
    ck_assert_int_eq(coil_wait_fd(coil_datagram_fd(client), 1) & 8, 8);
    ck_assert_int_eq(coil_datagram_send(client, "y", 1), -ECONNREFUSED);
    ck_assert_int_eq(coil_datagram_open(at, NULL, NULL, &again), 0);
    ck_assert_int_eq(coil_datagram_send(client, "z", 1), 1);
    ck_assert_int_eq(coil_datagram_recv(again, buf, sizeof buf), 1);
    ck_assert_int_eq(buf[0], 'z');
    ck_assert_int_eq(coil_datagram_close(again), 0);
    return coil_datagram_close(client);
}

START_TEST(a_refused_datagram_is_one_error_and_the_endpoint_goes_on)
{
    ck_assert_int_eq(coil_run(refused()), 0);
}
END_TEST

static COIL_ASYNC(wrong_addresses)
{
    char at[128], other[128];
    coil_address somewhere;
    coil_datagram *a = opened("127.0.0.1:0", at, sizeof at),
                  *b = opened("127.0.0.1:0", other, sizeof other), *c = b, *d;
    ck_assert_int_eq(coil_datagram_send(a, "x", 1), -EDESTADDRREQ);
    ck_assert_int_eq(coil_address_parse(other, &somewhere), 0);
    ck_assert_int_eq(coil_datagram_open(NULL, at, NULL, &d), 0);
    int err = coil_datagram_sendto(d, "x", 1, &somewhere);
    ck_assert_int_eq(err, -EISCONN);
    ck_assert_ptr_nonnull(strstr(coil_error_message(err), at));
    ck_assert_int_eq(coil_address_parse(at, &somewhere), 0);
    ck_assert_int_eq(coil_datagram_sendto(d, "x", 1, &somewhere), 1);
    err = coil_datagram_open(at, NULL, NULL, &c);
    ck_assert_int_eq(err, -EADDRINUSE);
    ck_assert_ptr_nonnull(strstr(coil_error_message(err), at));
    ck_assert_ptr_eq(c, b);
    ck_assert_int_eq(coil_datagram_open(NULL, NULL, NULL, &c), -EINVAL);
    ck_assert_int_eq(coil_datagram_open("nonsense", NULL, NULL, &c), -EINVAL);
    ck_assert_int_eq(coil_datagram_open("127.0.0.1:70000", NULL, NULL, &c), -EINVAL);
    ck_assert_int_eq(coil_datagram_open("127.0.0.1:0", "[::1]:9", NULL, &c), -EAFNOSUPPORT);
    ck_assert_int_eq(coil_datagram_close(d), 0);
    ck_assert_int_eq(coil_datagram_close(b), 0);
    return coil_datagram_close(a);
}

TEST_IN_THREAD(wrong_addresses_are_errors_that_name_them)
{
    ck_assert_int_eq(coil_run(wrong_addresses()), 0);
    return arg;
}

static COIL_ASYNC(receive_one, (coil_datagram *, d))
{
    char buf[8];
    return coil_datagram_recv(d, buf, sizeof buf);
}

static COIL_ASYNC(misuse)
{
    char at[128], buf[8];
    coil_datagram *d = opened("127.0.0.1:0", at, sizeof at);
    coil_task *t = coil_create_task(receive_one(d));
    ck_assert_int_eq(coil_yield_now(), 0);
    ck_assert_int_eq(coil_datagram_recv(d, buf, sizeof buf), -COIL_ECONCURRENT);
    ck_assert_int_eq(coil_datagram_recv(NULL, buf, sizeof buf), -EINVAL);
    ck_assert_int_eq(coil_datagram_recv(d, NULL, 4), -EINVAL);
    ck_assert_int_eq(coil_datagram_close(d), 0);
    ck_assert_int_eq(coil_await(t), -EBADF);
    ck_assert_int_eq(coil_datagram_recv(d, buf, sizeof buf), -COIL_ESTALE);
    ck_assert_int_eq(coil_datagram_send(d, buf, 1), -COIL_ESTALE);
    ck_assert_int_eq(coil_datagram_close(d), -COIL_ESTALE);
    return 0;
}

START_TEST(a_second_receiver_and_a_closed_endpoint_are_clear_errors)
{
    ck_assert_int_eq(coil_run(misuse()), 0);
}
END_TEST

static COIL_ASYNC(cancelled)
{
    char at[128], buf[8];
    coil_datagram *d = opened("127.0.0.1:0", at, sizeof at), *client;
    ck_assert_int_eq(coil_wait_for(coil_datagram_recv(d, buf, sizeof buf), 0.001), -ETIMEDOUT);
    ck_assert_int_eq(coil_datagram_open(NULL, at, NULL, &client), 0);
    ck_assert_int_eq(coil_datagram_send(client, "late", 4), 4);
    ck_assert_int_eq(coil_datagram_recv(d, buf, sizeof buf), 4);
    ck_assert_int_eq(coil_datagram_close(client), 0);
    (void)d; /* left open: the loop closes it */
    return 0;
}

START_TEST(a_receive_in_time_out_loses_nothing_and_the_loop_closes_what_is_left)
{
    ck_assert_int_eq(coil_run(cancelled()), 0);
}
END_TEST

/* ---------------------------------------------------------------- many ---- */

enum { MANY = 600 };

static COIL_ASYNC(send_many, (coil_datagram *, d), (const coil_address *, to))
{
    for (int i = 0; i < MANY; i++) {
        int err = coil_datagram_sendto(d, &i, sizeof i, to);
        if (err < 0)
            return err;
    }
    return 0;
}

static COIL_ASYNC(receive_many, (coil_datagram *, d))
{
    for (int i = 0; i < MANY; i++) {
        int number = -1, err = coil_datagram_recv(d, &number, sizeof number);
        if (err < 0)
            return err;
        ck_assert_int_eq(err, sizeof number);
        ck_assert_int_eq(number, i);
    }
    return 0;
}

/* A Unix socket loses nothing: its queue is 10 datagrams long or so, and the sender waits for room. */
static COIL_ASYNC(full_queue, (int, connected))
{
    char at[128];
    coil_datagram *server = opened(unix_in_dir("full"), at, sizeof at), *client;
    coil_datagram_options options = {.family = AF_UNIX};
    coil_address to;
    ck_assert_int_eq(coil_address_parse(at, &to), 0);
    ck_assert_int_eq(coil_datagram_open(NULL, connected ? at : NULL, &options, &client), 0);
    ck_assert_int_eq(coil_gather(send_many(client, &to), receive_many(server)), 0);
    ck_assert_int_eq(coil_datagram_close(client), 0);
    return coil_datagram_close(server);
}

START_TEST(a_sender_waits_for_room_in_a_full_queue)
{
    ck_assert_int_eq(coil_run(full_queue(1)), 0);
}
END_TEST

START_TEST(a_sender_that_is_not_connected_waits_for_room_as_well)
{
    ck_assert_int_eq(coil_run(full_queue(0)), 0);
}
END_TEST

static COIL_ASYNC(shared_port)
{
    char at[128];
    coil_datagram_options options = {.reuse_port = 1, .allow_broadcast = 1};
    coil_datagram *a, *b;
    coil_address address;
    int on = 0;
    socklen_t size = sizeof on;
    ck_assert_int_eq(coil_datagram_open("127.0.0.1:0", NULL, &options, &a), 0);
    ck_assert_int_eq(coil_datagram_sockname(a, &address), 0);
    coil_address_format(&address, at, sizeof at);
    ck_assert_int_eq(coil_datagram_open(at, NULL, &options, &b), 0);
    ck_assert_int_eq(getsockopt(coil_datagram_fd(b), SOL_SOCKET, SO_BROADCAST, &on, &size), 0);
    ck_assert_int_eq(on, 1);
    ck_assert_int_eq(coil_datagram_close(a), 0);
    return coil_datagram_close(b);
}

START_TEST(two_endpoints_share_a_port)
{
    ck_assert_int_eq(coil_run(shared_port()), 0);
}
END_TEST

/* ---------------------------------------------------------------- raw fds ---- */

static COIL_ASYNC(raw)
{
    int fd[2];
    char buf[8];
    coil_address at[2] = {{0}}, from;
    for (int i = 0; i < 2; i++) {
        fd[i] =
            socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0); /* blocking: it makes no difference */
        ck_assert_int_eq(coil_address_parse("127.0.0.1:0", &at[i]), 0);
        ck_assert_int_eq(bind(fd[i], (struct sockaddr *)&at[i].storage, at[i].size), 0);
        getsockname(fd[i], (struct sockaddr *)&at[i].storage, &at[i].size);
    }
    ck_assert_int_eq(coil_wait_for(coil_recvfrom(fd[1], buf, 8, NULL), 0.001), -ETIMEDOUT);
    ck_assert_int_eq(coil_sendto(fd[0], "raw", 3, &at[1]), 3);
    ck_assert_int_eq(coil_recvfrom(fd[1], buf, sizeof buf, &from), 3);
    ck_assert_mem_eq(buf, "raw", 3);
    ck_assert_int_eq(coil_address_port(&from), coil_address_port(&at[0]));
    ck_assert_int_eq(coil_sendto(fd[0], "raw", 3, NULL), -EDESTADDRREQ);
    ck_assert_int_eq(coil_recvfrom(-1, buf, sizeof buf, &from), -EBADF);
    ck_assert_int_eq(coil_close(fd[0]), 0);
    return coil_close(fd[1]);
}

START_TEST(raw_sockets_send_to_and_receive_from)
{
    ck_assert_int_eq(coil_run(raw()), 0);
}
END_TEST

static const char *const addresses[] = {"127.0.0.1:80", "[::1]:443", "0.0.0.0:0",
                                        "unix:/tmp/x",  "unix:@x",   "[fe80::1]:65535",
                                        "[fe80::1%1]:9"};

START_TEST(addresses_are_read_as_they_are_written)
{
    coil_address address;
    char written[128];
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        ck_assert_int_eq(coil_address_parse(addresses[i], &address), 0);
        coil_address_format(&address, written, sizeof written);
        ck_assert_str_eq(written, addresses[i]);
    }
}
END_TEST

TEST_IN_THREAD(what_is_no_address_is_refused)
{
    static const char *const wrong[] = {"",       "127.0.0.1", "127.0.0.1:", "localhost:80",
                                        "::1:80", "unix:",     "[::1]",      "1.2.3.4:-1",
                                        ":80",    "[::1]80"};
    coil_address address;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_int_eq(coil_address_parse(wrong[i], &address), -EINVAL);
    ck_assert_int_eq(coil_address_parse(NULL, &address), -EINVAL);
    return arg;
}

int main(void)
{
    TCase *t = tcase_create("datagrams");
    tcase_add_test(t, a_datagram_is_answered_over_ipv4);
    tcase_add_test(t, a_datagram_is_answered_over_ipv6);
    tcase_add_test(t, a_datagram_is_answered_over_a_unix_socket_and_its_path_goes_with_it);
    tcase_add_test(t, a_datagram_is_answered_over_an_abstract_unix_socket);
    tcase_add_test(t, what_does_not_fit_is_counted_or_an_error_that_names_the_sizes);
    tcase_add_test(t, a_refused_datagram_is_one_error_and_the_endpoint_goes_on);
    tcase_add_test(t, wrong_addresses_are_errors_that_name_them);
    tcase_add_test(t, a_second_receiver_and_a_closed_endpoint_are_clear_errors);
    tcase_add_test(t, a_receive_in_time_out_loses_nothing_and_the_loop_closes_what_is_left);
    tcase_add_test(t, a_sender_waits_for_room_in_a_full_queue);
    tcase_add_test(t, a_sender_that_is_not_connected_waits_for_room_as_well);
    tcase_add_test(t, two_endpoints_share_a_port);
    tcase_add_test(t, raw_sockets_send_to_and_receive_from);
    tcase_add_test(t, addresses_are_read_as_they_are_written);
    tcase_add_test(t, what_is_no_address_is_refused);
    return test_main_in_dir("datagrams", t);
}

/* How a server begins: which addresses, which socket, and when. */
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"
#include "in_thread.h"

static int greet(coil_stream *stream, void *arg)
{
    (void)arg;
    return coil_stream_send(stream, "hi", 2);
}

static int greeted(const char *host, int port)
{
    coil_stream *stream;
    char word[2];
    int err = coil_open_connection(host, port, &stream);
    if (err < 0)
        return err;
    err = coil_stream_readexactly(stream, word, 2);
    coil_stream_close(stream);
    return err < 0 ? err : memcmp(word, "hi", 2) == 0 ? 0 : -EBADMSG;
}

static void over(coil_server *server)
{
    coil_server_close(server);
    ck_assert_int_eq(coil_server_wait_closed(server), 0);
    coil_server_free(server);
}

static bool has_ipv6(void)
{
    struct sockaddr_in6 loopback = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool has = fd >= 0 && bind(fd, (struct sockaddr *)&loopback, sizeof loopback) == 0;
    if (fd >= 0)
        close(fd);
    return has;
}

/* ---------------------------------------------------------------- which addresses ---- */

static int family_of(coil_server *server, int index)
{
    coil_address a;
    int err = coil_server_sockname(server, index, &a);
    return err < 0 ? err : a.storage.ss_family;
}

/* A port that is free for both families now; another one is tried when somebody takes it. */
static int start_on_both(coil_server **ret_server)
{
    int err = -EADDRINUSE;
    for (int i = 0; i < 20 && err == -EADDRINUSE; i++) {
        coil_server *probe;
        err = coil_start_server("127.0.0.1", 0, greet, NULL, NULL, &probe);
        if (err < 0)
            return err;
        int port = coil_server_port(probe);
        over(probe);
        err = coil_start_server(NULL, port, greet, NULL, NULL, ret_server);
    }
    return err;
}

static COIL_ASYNC(both_families)
{
    coil_server *server;
    int families = 0;
    ck_assert_int_eq(start_on_both(&server), 0);
    int port = coil_server_port(server);
    for (int i = 0, family; (family = family_of(server, i)) >= 0; i++)
        families |= family == AF_INET ? 1 : 2;
    ck_assert_int_eq(families, has_ipv6() ? 3 : 1);
    ck_assert_int_eq(greeted("127.0.0.1", port), 0);
    if (has_ipv6())
        ck_assert_int_eq(greeted("::1", port), 0);
    over(server);
    return 0;
}

TEST_IN_THREAD(without_a_host_it_listens_on_both_families)
{
    ck_assert_int_eq(coil_run(both_families()), 0);
    return arg;
}

static COIL_ASYNC(one_family)
{
    coil_server *server;
    coil_server_options four = {.family = AF_INET}, six = {.family = AF_INET6},
                        bad = {.family = 77};
    ck_assert_int_eq(coil_start_server(NULL, 0, greet, NULL, &four, &server), 0);
    ck_assert_int_eq(family_of(server, 0), AF_INET);
    ck_assert_int_eq(family_of(server, 1), -ENOENT);
    ck_assert_int_eq(greeted("127.0.0.1", coil_server_port(server)), 0);
    over(server);
    ck_assert_int_eq(coil_start_server(NULL, 0, greet, NULL, &bad, &server), -EINVAL);
    if (!has_ipv6())
        return 0;
    ck_assert_int_eq(coil_start_server(NULL, 0, greet, NULL, &six, &server), 0);
    ck_assert_int_eq(family_of(server, 0), AF_INET6);
    ck_assert_int_eq(family_of(server, 1), -ENOENT);
    ck_assert_int_eq(greeted("::1", coil_server_port(server)), 0);
    /* its socket is for IPv6 alone, so the other family can have the same port */
    ck_assert_int_eq(greeted("127.0.0.1", coil_server_port(server)), -ECONNREFUSED);
    over(server);
    ck_assert_int_eq(coil_start_server("::1", 0, greet, NULL, NULL, &server), 0);
    ck_assert_int_eq(greeted("::1", coil_server_port(server)), 0);
    over(server);
    return 0;
}

TEST_IN_THREAD(a_family_alone_can_be_asked_for)
{
    ck_assert_int_eq(coil_run(one_family()), 0);
    return arg;
}

/* ---------------------------------------------------------------- when ---- */

static COIL_ASYNC(begins_later)
{
    coil_server *server;
    const coil_server_options idle = {.idle = 1};
    ck_assert_int_eq(coil_start_server("127.0.0.1", 0, greet, NULL, &idle, &server), 0);
    int port = coil_server_port(server);
    ck_assert_int_gt(port, 0);
    ck_assert_int_eq(coil_server_is_serving(server), 0);
    ck_assert_int_eq(greeted("127.0.0.1", port), -ECONNREFUSED);
    ck_assert_int_eq(coil_server_start_serving(server), 0);
    ck_assert_int_eq(coil_server_start_serving(server), 0);
    ck_assert_int_eq(coil_server_is_serving(server), 1);
    ck_assert_int_eq(greeted("127.0.0.1", port), 0);
    coil_server_close(server);
    ck_assert_int_eq(coil_server_is_serving(server), 0);
    ck_assert_int_eq(coil_server_start_serving(server), -COIL_EINVALIDSTATE);
    over(server);
    ck_assert_int_eq(coil_server_start_serving(server), -COIL_ESTALE);
    /* serve_forever begins, too; and one that never began closes like any other */
    ck_assert_int_eq(coil_start_server("127.0.0.1", 0, greet, NULL, &idle, &server), 0);
    coil_task *t = coil_create_task(coil_server_serve_forever(server));
    ck_assert_int_eq(coil_yield_now(), 0);
    ck_assert_int_eq(coil_server_is_serving(server), 1);
    ck_assert_int_eq(greeted("127.0.0.1", coil_server_port(server)), 0);
    coil_server_close(server);
    ck_assert_int_eq(coil_await(t), -ECANCELED);
    over(server);
    ck_assert_int_eq(coil_start_server("127.0.0.1", 0, greet, NULL, &idle, &server), 0);
    over(server);
    return 0;
}

TEST_IN_THREAD(an_idle_server_has_its_port_and_listens_when_it_is_told_to)
{
    ck_assert_int_eq(coil_run(begins_later()), 0);
    return arg;
}

/* Two sockets may be bound to one port before either listens. */
static COIL_ASYNC(fails_to_listen)
{
    coil_server *a, *b;
    const coil_server_options idle = {.idle = 1};
    ck_assert_int_eq(coil_start_server("127.0.0.1", 0, greet, NULL, &idle, &a), 0);
    ck_assert_int_eq(coil_start_server("127.0.0.1", coil_server_port(a), greet, NULL, &idle, &b),
                     0);
    ck_assert_int_eq(coil_server_start_serving(a), 0);
    ck_assert_int_eq(coil_server_start_serving(b), -EADDRINUSE);
    ck_assert_int_eq(coil_server_serve_forever(b), -EADDRINUSE);
    ck_assert_int_eq(coil_server_is_serving(b), 0);
    over(a);
    ck_assert_int_eq(coil_server_start_serving(b), 0); /* tried again */
    ck_assert_int_eq(greeted("127.0.0.1", coil_server_port(b)), 0);
    over(b);
    return 0;
}

TEST_IN_THREAD(what_can_not_listen_says_so_and_can_be_tried_again)
{
    ck_assert_int_eq(coil_run(fails_to_listen()), 0);
    return arg;
}

/* ---------------------------------------------------------------- on a given socket ---- */

static int bound_socket(int *ret_port)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, size), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    *ret_port = ntohs(at.sin_port);
    return fd;
}

static COIL_ASYNC(given_socket)
{
    coil_server *server, *other;
    int port, fd = bound_socket(&port);
    ck_assert_int_eq(coil_start_server_on(fd, greet, NULL, NULL, &server), 0);
    ck_assert_int_eq(coil_server_fd(server, 0), fd);
    ck_assert_int_eq(coil_server_fd(server, 1), -ENOENT);
    ck_assert_int_eq(coil_server_fd(server, -1), -ENOENT);
    ck_assert_int_eq(coil_server_port(server), port);
    ck_assert_int_eq(greeted("127.0.0.1", port), 0);
    /* a second server on the same socket, as another process would have it: the end of one is not the end of the other */
    int again = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    ck_assert_int_eq(coil_start_server_on(again, greet, NULL, NULL, &other), 0);
    over(server);
    ck_assert_int_eq(greeted("127.0.0.1", port), 0);
    over(other);
    ck_assert_int_eq(fcntl(fd, F_GETFD), -1); /* they had become the servers' */
    ck_assert_int_eq(greeted("127.0.0.1", port), -ECONNREFUSED);
    return 0;
}

static COIL_ASYNC(wrong_sockets)
{
    coil_server *server = NULL;
    int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), fds[2], port;
    ck_assert_int_eq(pipe(fds), 0);
    int err = coil_start_server_on(udp, greet, NULL, NULL, &server);
    ck_assert_int_eq(err, -EINVAL);
    ck_assert_ptr_nonnull(strstr(coil_error_message(err), "stream socket"));
    ck_assert_int_eq(coil_start_server_on(fds[0], greet, NULL, NULL, &server), -EINVAL);
    ck_assert_int_eq(coil_start_server_on(-1, greet, NULL, NULL, &server), -EBADF);
    int fd = bound_socket(&port);
    ck_assert_int_eq(coil_start_server_on(fd, NULL, NULL, NULL, &server), -EINVAL);
    ck_assert_int_eq(coil_start_server_on(fd, greet, NULL, NULL, NULL), -EINVAL);
    ck_assert_int_ge(fcntl(fd, F_GETFD), 0); /* the caller's still */
    ck_assert_ptr_null(server);
    close(fd);
    close(udp);
    close(fds[0]);
    close(fds[1]);
    return 0;
}

TEST_IN_THREAD(a_server_takes_a_socket_that_somebody_else_made)
{
    ck_assert_int_eq(coil_run(given_socket()), 0);
    ck_assert_int_eq(coil_run(wrong_sockets()), 0);
    return arg;
}

int main(void)
{
    TCase *t = tcase_create("server options");
    tcase_add_test(t, without_a_host_it_listens_on_both_families);
    tcase_add_test(t, a_family_alone_can_be_asked_for);
    tcase_add_test(t, an_idle_server_has_its_port_and_listens_when_it_is_told_to);
    tcase_add_test(t, what_can_not_listen_says_so_and_can_be_tried_again);
    tcase_add_test(t, a_server_takes_a_socket_that_somebody_else_made);
    return test_main("server options", t);
}

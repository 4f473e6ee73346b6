/* What comes around a receive that leaves room in its buffer: nothing that the peer sends is missed, nor its end, however they fall
 * together. The peer is the other end of a socket pair, or of a TCP connection, written to by hand. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"

enum { ROOM = 8 };

static void unix_pair(int fds[2])
{
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
}

static void tcp_pair(int fds[2])
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&a, sizeof a), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&a, &size), 0);
    fds[1] = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(connect(fds[1], (struct sockaddr *)&a, sizeof a), 0);
    fds[0] = accept(listener, NULL, NULL);
    ck_assert_int_ge(fds[0], 0);
    setsockopt(fds[1], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    close(listener);
}

static void put(int fd, const char *text)
{
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

/* Reads until `want` has come, in as many pieces as it comes in. */
static int expect(coil_stream *s, const char *want)
{
    char got[64];
    size_t n = 0;
    while (n < strlen(want)) {
        size_t room = strlen(want) - n + ROOM < sizeof got - n ? ROOM : sizeof got - n;
        int r = coil_stream_read(s, got + n, room);
        if (r <= 0)
            return r < 0 ? r : -EPIPE;
        n += (size_t)r;
    }
    ck_assert_mem_eq(got, want, strlen(want));
    return (int)n;
}

/* Another task sends when this one sleeps in its receive. */
COIL_ASYNC(sends_later, (int, fd), (const char *, text))
{
    int err = coil_sleep(0);
    if (err >= 0)
        put(fd, text);
    return err;
}

COIL_ASYNC(conversation, (int, fd), (int, peer))
{
    coil_stream *s;
    char byte;
    int err = coil_stream_from_fd(fd, &s);
    ck_assert_int_ge(err, 0);
    for (int round = 0; round < 50; round++) {
        put(peer, "abc"); /* before the receive */
        ck_assert_int_eq(expect(s, "abc"), 3);
        coil_task *t = coil_create_task(sends_later(peer, "during")); /* while it waits */
        ck_assert_int_eq(expect(s, "during"), 6);
        ck_assert_int_eq(coil_await(t), 0);
        put(peer, "12345678"); /* exactly the room: there may be more, and there is not */
        ck_assert_int_eq(expect(s, "12345678"), ROOM);
        put(peer, "1234567890"); /* more than the room */
        ck_assert_int_eq(expect(s, "1234567890"), 10);
        put(peer, "q");
        ck_assert_int_eq(expect(s, "q"), 1);
        put(peer, "x");
        ck_assert_int_eq(coil_sleep(0.001), 0); /* the edge is told while nobody receives */
        ck_assert_int_eq(expect(s, "x"), 1);
        put(peer, "y"); /* one edge for two writes */
        put(peer, "z");
        ck_assert_int_eq(expect(s, "yz"), 2);
        err = coil_wait_for(coil_stream_read(s, &byte, 1), 0.0005); /* given up, and nothing lost */
        ck_assert_int_eq(err, -ETIMEDOUT);
    }
    put(peer, "last");
    ck_assert_int_eq(shutdown(peer, SHUT_WR), 0); /* bytes and the end in one */
    ck_assert_int_eq(expect(s, "last"), 4);
    ck_assert_int_eq(coil_stream_read(s, &byte, 1), 0);
    ck_assert_int_eq(coil_stream_read(s, &byte, 1), 0);
    return coil_stream_close(s);
}

COIL_ASYNC(end_while_waiting, (int, fd), (int, peer))
{
    coil_stream *s;
    char buf[ROOM];
    ck_assert_int_ge(coil_stream_from_fd(fd, &s), 0);
    put(peer, "abc");
    ck_assert_int_eq(expect(s, "abc"), 3);
    coil_task *t = coil_create_task(sends_later(peer, "d"));
    ck_assert_int_eq(expect(s, "d"), 1);
    ck_assert_int_eq(coil_await(t), 0);
    ck_assert_int_eq(shutdown(peer, SHUT_WR), 0); /* the end alone, with nobody waiting */
    ck_assert_int_eq(coil_sleep(0), 0);
    ck_assert_int_eq(coil_stream_read(s, buf, sizeof buf), 0);
    return coil_stream_close(s);
}

static void with_pair(void make(int fds[2]))
{
    int fds[2];
    make(fds);
    ck_assert_int_eq(coil_run(conversation(fds[0], fds[1])), 0);
    close(fds[1]);
    make(fds);
    ck_assert_int_eq(coil_run(end_while_waiting(fds[0], fds[1])), 0);
    close(fds[1]);
}

START_TEST(nothing_from_a_local_peer_is_missed_around_a_short_receive)
{
    with_pair(unix_pair);
}
END_TEST

START_TEST(nothing_from_a_tcp_peer_is_missed_around_a_short_receive)
{
    with_pair(tcp_pair);
}
END_TEST

/* Messages keep their borders: a short one says nothing about the next. */
COIL_ASYNC(messages, (int, fd), (int, peer))
{
    coil_stream *s;
    char buf[ROOM];
    ck_assert_int_ge(coil_stream_from_fd(fd, &s), 0);
    for (int round = 0; round < 20; round++) {
        put(peer, "one");
        put(peer, "three");
        ck_assert_int_eq(coil_stream_read(s, buf, sizeof buf), 3);
        ck_assert_int_eq(coil_stream_read(s, buf, sizeof buf), 5);
    }
    return coil_stream_close(s);
}

START_TEST(a_socket_of_messages_is_asked_again_after_a_short_one)
{
    int fds[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
    ck_assert_int_eq(coil_run(messages(fds[0], fds[1])), 0);
    close(fds[1]);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("streams_edges");
    tcase_add_test(t, nothing_from_a_local_peer_is_missed_around_a_short_receive);
    tcase_add_test(t, nothing_from_a_tcp_peer_is_missed_around_a_short_receive);
    if (!test_simulated()) /* it cuts messages */
        tcase_add_test(t, a_socket_of_messages_is_asked_again_after_a_short_one);
    return test_main("streams_edges", t);
}

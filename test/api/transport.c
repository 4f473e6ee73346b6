/* A stream on something else than a socket: here every byte is turned over on its way. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"

struct turning {
    coil_transport base;
    int fd;
    int *closed; /* 1: in peace, 2: aborted */
};

static void turn(char *to, const char *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (char)~from[i];
}

static int turning_recv(coil_transport *t, void *buf, size_t n)
{
    int got = coil_recv(((struct turning *)t)->fd, buf, n);
    if (got > 0)
        turn(buf, buf, (size_t)got);
    return got;
}

static int turning_send(coil_transport *t, const void *buf, size_t n)
{
    char some[1000];
    if (n > sizeof some)
        n = sizeof some;
    turn(some, buf, n);
    return coil_send(((struct turning *)t)->fd, some, n);
}

static int turning_shutdown(coil_transport *t)
{
    return shutdown(((struct turning *)t)->fd, SHUT_WR) < 0 ? -errno : 0;
}

static int turning_close(coil_transport *t, int aborted)
{
    struct turning *self = (struct turning *)t;
    *self->closed = aborted ? 2 : 1;
    int err = aborted ? close(self->fd) : coil_close(self->fd);
    free(self);
    return err;
}

static int turning_fd(coil_transport *t)
{
    return ((struct turning *)t)->fd;
}

static const coil_transport_ops turning_ops = {turning_recv, turning_send, turning_shutdown,
                                               turning_close, turning_fd};

/* A stream that turns, and a plain one at its other end. */
static void make_pair(coil_stream **a, coil_stream **b, int *closed)
{
    int fds[2];
    struct turning *t = malloc(sizeof *t);
    ck_assert_ptr_nonnull(t);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
    *t = (struct turning){{&turning_ops}, fds[0], closed};
    ck_assert_int_eq(coil_stream_open(&t->base, a), 0);
    ck_assert_int_eq(coil_stream_from_fd(fds[1], b), 0);
}

enum { BIG = 500000 };

COIL_ASYNC(goes_through, (int *, closed))
{
    static char big[BIG], got[BIG];
    coil_stream *a, *b;
    const char *line;
    size_t n;
    make_pair(&a, &b, closed);
    for (int i = 0; i < BIG; i++)
        big[i] = (char)(i * 5);
    ck_assert_int_ge(coil_stream_fd(a), 0);
    ck_assert_int_eq(coil_stream_can_write_eof(a), 1);
    coil_task *t = coil_create_task(coil_stream_send(a, big, BIG));
    ck_assert_int_eq(coil_stream_readexactly(b, got, BIG), BIG);
    ck_assert_int_eq(coil_await(t), 0);
    turn(got, got, BIG);
    ck_assert_mem_eq(got, big, BIG);
    turn(got, "hello\n", 6);
    ck_assert_int_eq(coil_stream_send(b, got, 6), 0);
    ck_assert_int_eq(coil_stream_readline(a, &line, &n), 6);
    ck_assert_mem_eq(line, "hello\n", 6);
    ck_assert_int_eq(coil_stream_write(a, big, BIG), 0); /* still sent after the close */
    ck_assert_int_eq(coil_stream_close(a), 0);
    ck_assert_int_eq(coil_stream_readexactly(b, got, BIG), BIG);
    ck_assert_int_eq(coil_stream_read(b, got, 1), 0);
    ck_assert_int_eq(coil_stream_wait_closed(a), 0);
    ck_assert_int_eq(coil_stream_close(b), 0);
    return coil_stream_wait_closed(b);
}

START_TEST(a_stream_works_the_same_on_a_transport)
{
    int closed = 0;
    ck_assert_int_eq(coil_run(goes_through(&closed)), 0);
    ck_assert_int_eq(closed, 1);
}
END_TEST

COIL_ASYNC(aborts, (int *, closed))
{
    coil_stream *a, *b;
    char byte;
    make_pair(&a, &b, closed);
    ck_assert_int_eq(coil_stream_abort(a), 0);
    ck_assert_int_eq(*closed, 2);
    ck_assert_int_eq(coil_stream_read(a, &byte, 1), 0);
    ck_assert_int_eq(coil_stream_close(a), 0);
    ck_assert_int_eq(coil_stream_read(b, &byte, 1), 0);
    ck_assert_int_eq(coil_stream_close(b), 0);
    return coil_stream_wait_closed(b);
}

COIL_ASYNC(leaves_it_open, (int *, closed))
{
    coil_stream *a, *b;
    make_pair(&a, &b, closed);
    return 0;
}

START_TEST(an_aborted_or_forgotten_transport_is_closed_without_a_farewell)
{
    int closed = 0;
    ck_assert_int_eq(coil_run(aborts(&closed)), 0);
    ck_assert_int_eq(closed, 2);
    closed = 0;
    ck_assert_int_eq(coil_run(leaves_it_open(&closed)), 0);
    ck_assert_int_eq(closed, 2);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("transport");
    tcase_add_test(t, a_stream_works_the_same_on_a_transport);
    tcase_add_test(t, an_aborted_or_forgotten_transport_is_closed_without_a_farewell);
    return test_main("transport", t);
}

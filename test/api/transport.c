/* A stream on something else than a socket: here every byte is turned over on its way. */
#include <check.h>
#include <pthread.h>
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

static const coil_transport_ops turning_ops = {.recv = turning_recv,
                                               .send = turning_send,
                                               .shutdown = turning_shutdown,
                                               .close = turning_close,
                                               .fd = turning_fd};

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

/* ---------------------------------------------------------------- under a stream that is open ---- */

/* Turns what goes through the stream below. */
struct over {
    coil_transport base;
    coil_stream *below;
};

static int over_recv(coil_transport *t, void *buf, size_t n)
{
    int got = coil_stream_read(((struct over *)t)->below, buf, n);
    if (got > 0)
        turn(buf, buf, (size_t)got);
    return got;
}

static int over_send(coil_transport *t, const void *buf, size_t n)
{
    char some[1000];
    if (n > sizeof some)
        n = sizeof some;
    turn(some, buf, n);
    int err = coil_stream_send(((struct over *)t)->below, some, n);
    return err < 0 ? err : (int)n;
}

static int over_close(coil_transport *t, int aborted)
{
    coil_stream *below = ((struct over *)t)->below;
    if (aborted)
        coil_stream_abort(below);
    coil_stream_close(below);
    free(t);
    return aborted ? 0 : coil_stream_wait_closed(below);
}

/* Takes a little at once, unless too much waits below. */
static int over_send_now(coil_transport *t, const void *buf, size_t n)
{
    coil_stream *below = ((struct over *)t)->below;
    char some[1000];
    int done = 0;
    while ((size_t)done < n && coil_stream_get_write_buffer_size(below) < 10000) {
        size_t k = n - (size_t)done < sizeof some ? n - (size_t)done : sizeof some;
        turn(some, (const char *)buf + done, k);
        int err = coil_stream_write(below, some, k);
        if (err < 0)
            return err;
        done += (int)k;
    }
    return done;
}

static const coil_transport_ops over_ops = {
    .recv = over_recv, .send = over_send, .close = over_close, .send_now = over_send_now};

static int turn_from_here(coil_stream *stream)
{
    struct over *o = malloc(sizeof *o);
    ck_assert_ptr_nonnull(o);
    o->base.ops = &over_ops;
    int err = coil_stream_interpose(stream, &o->base, &o->below);
    if (err < 0)
        free(o);
    return err;
}

static int read_byte(coil_stream *stream)
{
    char byte;
    int n = coil_stream_read(stream, &byte, 1);
    return n == 1 ? byte : n;
}
COIL_CALLABLE(read_byte, coil_stream *);

COIL_ASYNC(turns_midway)
{
    static char big[BIG], got[BIG];
    int fds[2];
    coil_stream *a, *b;
    coil_transport *t;
    const char *line;
    size_t n;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
    ck_assert_int_eq(coil_stream_from_fd(fds[0], &a), 0);
    ck_assert_int_eq(coil_stream_from_fd(fds[1], &b), 0);
    memset(big, 'x', BIG);
    ck_assert_int_eq(coil_stream_transport(a, &t), -ENOENT);

    ck_assert_int_eq(coil_stream_write(b, "plain\nxy", 8), 0); /* the last two arrive turned */
    ck_assert_int_eq(coil_stream_readline(a, &line, &n), 6);
    ck_assert_int_eq(coil_stream_write(a, big, BIG), 0); /* still waits, plain, when a turns */
    ck_assert_int_gt(coil_stream_get_write_buffer_size(a), 0);
    ck_assert_int_eq(turn_from_here(a), 0);
    ck_assert_int_eq(coil_stream_get_write_buffer_size(a), 0);
    ck_assert_int_eq(coil_stream_transport(a, &t), 0);
    ck_assert_ptr_eq(t->ops, &over_ops);
    ck_assert_int_eq(coil_stream_write(a, big, 5), 0);
    ck_assert_int_eq(coil_stream_readexactly(a, got, 2), 2);
    turn(got, got, 2);
    ck_assert_mem_eq(got, "xy", 2);
    ck_assert_int_eq(coil_stream_readexactly(b, got, BIG), BIG);
    ck_assert_mem_eq(got, big, BIG);
    ck_assert_int_eq(coil_stream_readexactly(b, got, 5), 5);
    turn(got, got, 5);
    ck_assert_mem_eq(got, big, 5);

    ck_assert_int_eq(coil_stream_write(a, big, BIG),
                     0); /* its sender is at work: turned twice from here */
    ck_assert_int_eq(coil_sleep(0), 0);
    ck_assert_int_eq(turn_from_here(a), 0);
    ck_assert_int_eq(coil_stream_write(a, "twice", 5), 0);
    ck_assert_int_eq(coil_stream_readexactly(b, got, BIG), BIG);
    turn(got, got, BIG);
    ck_assert_mem_eq(got, big, BIG);
    ck_assert_int_eq(coil_stream_readexactly(b, got, 5), 5);
    ck_assert_mem_eq(got, "twice", 5);

    coil_task *reader = coil_create_task(read_byte(a));
    ck_assert_int_eq(coil_sleep(0), 0);
    ck_assert_int_eq(turn_from_here(a), -COIL_ECONCURRENT);
    ck_assert_int_eq(coil_stream_send(b, "z", 1), 0);
    ck_assert_int_eq(coil_await(reader), 'z');
    ck_assert_int_eq(coil_stream_close(a), 0);
    ck_assert_int_eq(coil_stream_read(b, got, 1), 0);
    ck_assert_int_eq(coil_stream_wait_closed(a), 0);
    ck_assert_int_eq(turn_from_here(a), -COIL_ESTALE);
    ck_assert_int_eq(coil_stream_write_eof(b), 0);
    ck_assert_int_eq(turn_from_here(b), -COIL_EINVALIDSTATE);
    ck_assert_int_eq(coil_stream_close(b), 0);
    return coil_stream_wait_closed(b);
}

static void *turns_midway_in_a_thread(void *arg)
{
    *(int *)arg = coil_run(turns_midway());
    return NULL;
}

START_TEST(a_transport_slips_under_a_stream_and_every_byte_goes_its_own_way)
{
    pthread_t thread; /* whose failure records end with it */
    int err = -1;
    ck_assert_int_eq(pthread_create(&thread, NULL, turns_midway_in_a_thread, &err), 0);
    pthread_join(thread, NULL);
    ck_assert_int_eq(err, 0);
}
END_TEST

/* The first connection is refused, the others are turned. */
static int prepare(coil_stream *stream, void *arg)
{
    int *n = arg;
    return (*n)++ == 0 ? -EACCES : turn_from_here(stream);
}

static int greet(coil_stream *stream, void *arg)
{
    ++*(int *)arg;
    return coil_stream_send(stream, "hello", 5);
}

COIL_ASYNC(prepares, (int *, prepared), (int *, greeted))
{
    coil_server_options options = {.prepare = prepare, .prepare_arg = prepared};
    coil_server *server;
    coil_stream *c;
    char got[5];
    int err = coil_start_server("127.0.0.1", 0, greet, greeted, &options, &server);
    ck_assert_int_eq(err, 0);
    ck_assert_int_eq(coil_open_connection("127.0.0.1", coil_server_port(server), &c), 0);
    ck_assert_int_eq(coil_stream_read(c, got, 5), 0);
    ck_assert_int_eq(coil_stream_close(c), 0);
    ck_assert_int_eq(*greeted, 0);
    ck_assert_int_eq(coil_open_connection("127.0.0.1", coil_server_port(server), &c), 0);
    ck_assert_int_eq(coil_stream_readexactly(c, got, 5), 5);
    turn(got, got, 5);
    ck_assert_mem_eq(got, "hello", 5);
    ck_assert_int_eq(coil_stream_read(c, got, 5), 0);
    ck_assert_int_eq(coil_stream_close(c), 0);
    ck_assert_int_eq(coil_server_close(server), 0);
    err = coil_server_wait_closed(server);
    coil_server_free(server);
    return err;
}

START_TEST(a_server_prepares_its_connections_before_the_handler_gets_them)
{
    int prepared = 0, greeted = 0;
    ck_assert_int_eq(coil_run(prepares(&prepared, &greeted)), 0);
    ck_assert_int_eq(prepared, 2);
    ck_assert_int_eq(greeted, 1);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("transport");
    tcase_add_test(t, a_stream_works_the_same_on_a_transport);
    tcase_add_test(t, an_aborted_or_forgotten_transport_is_closed_without_a_farewell);
    tcase_add_test(t, a_transport_slips_under_a_stream_and_every_byte_goes_its_own_way);
    tcase_add_test(t, a_server_prepares_its_connections_before_the_handler_gets_them);
    return test_main("transport", t);
}

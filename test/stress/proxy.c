/* Clients talk through proxies to servers that echo. All of them read and write in portions of chance, lose patience, are cancelled
 * and go on; buffers are small. No byte is lost, doubled or out of place, and each end arrives after the last byte. */
#include <string.h>
#include <sys/socket.h>

#include "stress.h"

enum { ROUTES = 5, MOST = 40000, CHUNK = 9000, TASKS_OF_ROUTE = 5 };

struct route {
    int id;
    unsigned total, sent, received;
    coil_stream *client, *front, *back, *server;
};

static struct route routes[ROUTES];
static coil_task *workers[ROUTES * TASKS_OF_ROUTE];

static char byte_at(const struct route *r, unsigned k)
{
    return (char)((unsigned)r->id * 31 + k * 7 + (k >> 8) * 3);
}

/* Somebody cancels whom he likes. Nobody here gives up for that. */
static bool annoyed(int err)
{
    if (err == -ECANCELED)
        coil_task_uncancel(coil_current_task());
    return err == -ECANCELED || err == -ETIMEDOUT;
}

/* What a send was given goes out, also when it is cancelled or runs out of time. */
static int give(coil_stream *to, const char *buf, unsigned n)
{
    int err;
    switch (stress_below(4)) {
    case 0:
        err = coil_wait_for(coil_stream_send(to, buf, n), 1e-6 + stress_pause(500));
        break;
    case 1: {
        struct iovec pieces[2] = {{(void *)(uintptr_t)buf, n / 3},
                                  {(void *)(uintptr_t)(buf + n / 3), n - n / 3}};
        err = coil_stream_writelines(to, pieces, 2);
        if (err >= 0)
            err = coil_stream_drain(to);
        break;
    }
    case 2:
        err = coil_stream_write(to, buf, n);
        if (err >= 0)
            err = stress_dawdle();
        if (err >= 0)
            err = coil_stream_drain(to);
        break;
    default:
        err = coil_stream_send(to, buf, n);
    }
    return annoyed(err) ? 0 : err;
}

/* Returns how many bytes came, 0 at the end, -EAGAIN when it was worth no wait. */
static int take(coil_stream *from, char *buf)
{
    unsigned n = 1 + stress_below(1 + stress_below(CHUNK));
    int got;
    switch (stress_below(4)) {
    case 0:
        got = coil_wait_for(coil_stream_read(from, buf, n), stress_pause(500));
        break;
    case 1:
        got = coil_wait_for(coil_stream_readexactly(from, buf, n), 1e-6 + stress_pause(1500));
        break;
    case 2:
        got = coil_stream_readexactly(from, buf, n);
        break;
    default:
        got = coil_stream_read(from, buf, n);
    }
    if (got == -COIL_EINCOMPLETE)
        return coil_stream_partial(from, NULL);
    return annoyed(got) ? -EAGAIN : got;
}

COIL_ASYNC(speak, (struct route *, r))
{
    char buf[CHUNK];
    while (r->sent < r->total) {
        unsigned n = 1 + stress_below(1 + stress_below(CHUNK));
        if (n > r->total - r->sent)
            n = r->total - r->sent;
        for (unsigned i = 0; i < n; i++)
            buf[i] = byte_at(r, r->sent + i);
        r->sent += n;
        int err = give(r->client, buf, n);
        if (err >= 0)
            err = stress_dawdle();
        if (err < 0 && !annoyed(err))
            return err;
    }
    return coil_stream_write_eof(r->client);
}

COIL_ASYNC(hear, (struct route *, r))
{
    char buf[CHUNK];
    for (;;) {
        int n = take(r->client, buf);
        if (n == 0)
            return 0;
        if (n < 0 && n != -EAGAIN)
            return n;
        for (int i = 0; i < n; i++, r->received++)
            if (buf[i] != byte_at(r, r->received))
                ck_abort_msg("route %d, byte %u of %u", r->id, r->received, r->total);
    }
}

/* Proxies and servers: what comes from one is given to the other, and its end, too. */
COIL_ASYNC(pass_on, (coil_stream *, from), (coil_stream *, to))
{
    char buf[CHUNK];
    int err = 0;
    while (err >= 0) {
        int n = take(from, buf);
        if (n == 0)
            return coil_stream_write_eof(to);
        if (n > 0)
            err = give(to, buf, (unsigned)n);
        else if (n != -EAGAIN)
            err = n;
        if (err >= 0 && annoyed(err = stress_dawdle()))
            err = 0;
    }
    return err;
}

COIL_ASYNC(annoy, (int, n))
{
    for (;;) {
        int err = coil_sleep(stress_pause(3000));
        if (err < 0)
            return err;
        coil_task_cancel(workers[stress_below((unsigned)n)]);
    }
}

static void join_by_sockets(coil_stream **a, coil_stream **b)
{
    coil_stream *ends[2];
    int fds[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    for (int i = 0; i < 2; i++) {
        int size = stress_chance(2) ? 1 : 100000;
        ck_assert_int_eq(setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
        ck_assert_int_eq(coil_stream_from_fd(fds[i], &ends[i]), 0);
        ck_assert_int_eq(
            coil_stream_set_write_buffer_limits(ends[i], (long)stress_below(20000), -1), 0);
    }
    *a = ends[0];
    *b = ends[1];
}

static void close_stream(coil_stream *s)
{
    ck_assert_int_eq(coil_stream_close(s), 0);
    ck_assert_int_eq(coil_stream_wait_closed(s), 0);
}

COIL_ASYNC(traffic)
{
    int n = 0;
    for (int i = 0; i < ROUTES; i++) {
        struct route *r = &routes[i];
        *r = (struct route){.id = i, .total = stress_below(MOST)};
        join_by_sockets(&r->client, &r->front);
        join_by_sockets(&r->back, &r->server);
        workers[n++] = coil_create_task(hear(r));
        workers[n++] = coil_create_task(speak(r));
        workers[n++] = coil_create_task(pass_on(r->front, r->back));
        workers[n++] = coil_create_task(pass_on(r->back, r->front));
        workers[n++] = coil_create_task(pass_on(r->server, r->server));
    }
    coil_task *nuisance = coil_create_task(annoy(n));
    for (int i = 0; i < n; i++)
        stress_join(workers[i]);
    coil_task_cancel(nuisance);
    ck_assert_int_eq(coil_await(nuisance), -ECANCELED);
    for (int i = 0; i < n; i++)
        coil_task_unref(workers[i]);
    for (int i = 0; i < ROUTES; i++) {
        struct route *r = &routes[i];
        ck_assert_uint_eq(r->received, r->total);
        close_stream(r->client);
        close_stream(r->front);
        close_stream(r->back);
        close_stream(r->server);
    }
    return 0;
}

START_TEST(no_byte_is_lost_on_the_way_through_a_proxy)
{
    ck_assert_int_eq(coil_run(traffic()), 0);
}
END_TEST

int main(void)
{
    stress_begin();
    TCase *t = tcase_create("proxy");
    tcase_add_test(t, no_byte_is_lost_on_the_way_through_a_proxy);
    return test_main("proxy", t);
}

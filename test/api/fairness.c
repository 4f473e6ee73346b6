/* A task whose data are always ready does not keep the loop to itself: others run at least once in 128 of its calls. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"

enum { CALLS = 2000, STREAK = 128 };

/* Another task, which only notes each turn that it gets. */
struct other {
    int turns;
    bool over;
};

COIL_ASYNC(watch, (struct other *, o))
{
    while (!o->over) {
        o->turns++;
        int err = coil_yield_now();
        if (err < 0)
            return err;
    }
    return 0;
}

typedef int (*step)(void *state);

COIL_ASYNC(compete, (step, fn), (void *, state), (int, turns, out))
{
    struct other o = {0};
    coil_task *t = coil_create_task(watch(&o));
    int err = t ? 0 : -ENOMEM;
    for (int i = 0; i < CALLS && err >= 0; i++)
        err = fn(state);
    *turns = o.turns;
    o.over = true;
    int ended = coil_await(t);
    return err < 0 ? err : ended;
}

static void check(step fn, void *state)
{
    int turns = 0;
    int err = coil_run(compete(fn, state, &turns));
    ck_assert_msg(err >= 0, "%s", coil_error_name(err));
    ck_assert_int_ge(turns, CALLS / (STREAK + 2));
}

/* ---------------------------------------------------------------- raw fds ---- */

struct pair {
    int fd[2];
};

static struct pair open_pair(int type)
{
    struct pair p;
    ck_assert_int_eq(socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, p.fd), 0);
    return p;
}

static void close_pair(const struct pair *p)
{
    close(p->fd[0]);
    close(p->fd[1]);
}

static int take_away(const struct pair *p)
{
    char c;
    return recv(p->fd[1], &c, 1, 0) == 1 ? 0 : -errno; /* there is always room for the next one */
}

static int send_one(void *state)
{
    struct pair *p = state;
    int n = coil_send(p->fd[0], "x", 1);
    return n < 0 ? n : take_away(p);
}

static int sendto_one(void *state)
{
    struct pair *p = state;
    int n = coil_sendto(p->fd[0], "x", 1, NULL);
    return n < 0 ? n : take_away(p);
}

static int sendall_one(void *state)
{
    struct pair *p = state;
    int err = coil_sendall(p->fd[0], "x", 1);
    return err < 0 ? err : take_away(p);
}

static int send_fds_one(void *state)
{
    struct pair *p = state;
    int n = coil_send_fds(p->fd[0], "x", 1, NULL, 0);
    return n < 0 ? n : take_away(p);
}

static int recv_one(void *state)
{
    struct pair *p = state;
    char c;
    ssize_t put = send(p->fd[1], "x", 1, MSG_NOSIGNAL);
    return put == 1 ? coil_recv(p->fd[0], &c, 1) : -errno;
}

START_TEST(on_raw_fds)
{
    const step steps[] = {send_one, sendto_one, sendall_one, send_fds_one, recv_one};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct pair p = open_pair(SOCK_STREAM);
        check(steps[i], &p);
        close_pair(&p);
    }
}
END_TEST

/* ---------------------------------------------------------------- files ---- */

COIL_ASYNC(read_file, (int, turns, out))
{
    struct other o = {0};
    coil_file *f;
    char c;
    int err = coil_file_open("/proc/self/exe", O_RDONLY, 0, &f);
    if (err < 0)
        return err;
    coil_task *t = coil_create_task(watch(&o));
    for (int i = 0; i < CALLS && err >= 0; i++)
        err = coil_file_pread(f, &c, 1, i);
    *turns = o.turns;
    o.over = true;
    int ended = coil_await(t), closed = coil_file_close(f);
    return err < 0 ? err : ended < 0 ? ended : closed;
}

START_TEST(on_files)
{
    int turns = 0;
    ck_assert_int_ge(coil_run(read_file(&turns)), 0);
    ck_assert_int_ge(turns, CALLS / (STREAK + 2));
}
END_TEST

/* ---------------------------------------------------------------- streams ---- */

struct stream_pair {
    struct pair p;
    coil_stream *s;
};

static int write_one(void *state)
{
    struct stream_pair *sp = state;
    if (!sp->s) {
        int err = coil_stream_from_fd(sp->p.fd[0], &sp->s);
        if (err < 0)
            return err;
    }
    int err = coil_stream_send(sp->s, "x", 1);
    return err < 0 ? err : take_away(&sp->p);
}

static int read_one(void *state)
{
    struct stream_pair *sp = state;
    char c;
    if (!sp->s) {
        int err = coil_stream_from_fd(sp->p.fd[0], &sp->s);
        if (err < 0)
            return err;
        static char plenty[CALLS];
        if (send(sp->p.fd[1], plenty, sizeof plenty, 0) != CALLS)
            return -errno;
    }
    return coil_stream_read(sp->s, &c, 1);
}

START_TEST(on_streams)
{
    if (test_simulated())
        return; /* its streams don't send at once, so the other end can't be asked at once */
    const step steps[] = {write_one, read_one};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct stream_pair sp = {.p = open_pair(SOCK_STREAM)};
        check(steps[i], &sp); /* the loop's end closes the stream and its fd */
        close(sp.p.fd[1]);
    }
}
END_TEST

/* ---------------------------------------------------------------- what asyncio does at once ---- */

static int use_queue(void *state)
{
    coil_queue *q = state;
    int n = 1, err = coil_queue_put(q, &n);
    return err < 0 ? err : coil_queue_get(q, &n);
}

START_TEST(a_queue_that_has_items_does_not_yield_as_in_asyncio)
{
    coil_queue q;
    int turns = 0;
    ck_assert_int_eq(coil_queue_init(&q, sizeof(int), 0), 0);
    ck_assert_int_ge(coil_run(compete(use_queue, &q, &turns)), 0);
    ck_assert_int_eq(turns, 0);
    coil_queue_done(&q);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("fairness");
    tcase_add_test(t, on_raw_fds);
    tcase_add_test(t, on_files);
    tcase_add_test(t, on_streams);
    tcase_add_test(t, a_queue_that_has_items_does_not_yield_as_in_asyncio);
    return test_main("fairness", t);
}

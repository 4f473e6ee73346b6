/* Several loops: threads that can't be started, loops that can't be made, calls and connections that get stuck on the way. */
#include <sys/socket.h>

#include "walk.h"

enum { LIMIT = 10 }; /* seconds; whoever reaches it has hung */

/* ---------------------------------------------------------------- calls ---- */

COIL_ASYNC(add, (int, a), (int, b), (int, ret, out))
{
    int err = coil_yield_now();
    *ret = a + b;
    return err;
}

COIL_ASYNC(ask_the_other)
{
    int sum = 0;
    int err = coil_to_loop(coil_thread_loop(1 - coil_thread_index()), add(1, 2, &sum));
    return err < 0 ? err : sum == 3 ? 0 : -EBADMSG;
}

static int run_calls(void)
{
    return coil_run_threads(2, coil_wait_for(ask_the_other(), LIMIT));
}

/* ---------------------------------------------------------------- connections ---- */

/* In the other loop: the rest of what was sent here. */
static int answer(coil_stream *stream, void *arg)
{
    char buf[3];
    (void)arg;
    int n = coil_stream_readexactly(stream, buf, sizeof buf);
    if (n >= 0 && memcmp(buf, "def", 3) != 0)
        n = -EBADMSG;
    return n < 0 ? n : coil_stream_send(stream, "!", 1);
}

COIL_ASYNC(part, (coil_stream *, stream))
{
    char buf[3];
    int n = coil_stream_readexactly(stream, buf, sizeof buf);
    if (n >= 0)
        n = coil_stream_move(stream, coil_thread_loop(1), answer, NULL);
    return n == -ECANCELED ? -COIL_EINCOMPLETE : n; /* a group goes on without a cancelled one */
}

COIL_ASYNC(send_and_hear, (coil_stream *, stream))
{
    char mark;
    int err = coil_stream_send(stream, "abcdef", 6);
    if (err >= 0)
        err = coil_stream_readexactly(stream, &mark, 1);
    if (err < 0) /* also when the other loop had no memory for the handler */
        return err == -ECANCELED ? -COIL_EINCOMPLETE : err;
    return mark == '!' ? 0 : -EBADMSG;
}

COIL_ASYNC(move_one)
{
    int fds[2];
    coil_stream *a, *b;
    if (coil_thread_index() != 0)
        return 0;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
        return -errno;
    int err = coil_stream_from_fd(fds[0], &a);
    if (err < 0) {
        close(fds[0]);
        close(fds[1]);
        return err;
    }
    err = coil_stream_from_fd(fds[1], &b);
    if (err < 0) {
        close(fds[1]);
        coil_stream_close(a);
        return err;
    }
    COIL_TASK_GROUP(g, err) /* one of the two may fail: then the other would wait for ever */
    {
        coil_task *t = coil_group_create_task(g, part(a));
        coil_task *u = coil_group_create_task(g, send_and_hear(b));
        err = t && u ? 0 : -ENOMEM;
    }
    coil_stream_close(a); /* stale when it has moved */
    coil_stream_close(b);
    return err;
}

static int run_moves(void)
{
    return coil_run_threads(2, coil_wait_for(move_one(), LIMIT));
}

int main(void)
{
    const struct walk list[] = {
        {"calls", run_calls, 75, 88, {0}, 9},
        {"moves", run_moves, 115, 135, {COIL_EINCOMPLETE, EPIPE, ECONNRESET}, 9},
    };
    return walk_main(list, sizeof list / sizeof *list);
}

/* Files into sockets: by the kernel, in pieces, from a pipe, and through a transport that somebody else wrote. */
#include "walk.h"

#include <sys/socket.h>

enum { LIMIT = 10, SIZE = 300000, SOME = 5000 };

static int expect(long long got, long long expected)
{
    return got == expected ? 0 : -EBADMSG;
}

/* The fds that no stream has: the loop may fail in the middle, and then nobody else closes them. */
static int held[8];

static int hold(int fd)
{
    for (int i = 0; i < 8; i++)
        if (held[i] == 0)
            return held[i] = fd;
    abort();
}

static void let_go(int fd)
{
    for (int i = 0; i < 8; i++)
        if (held[i] == fd)
            held[i] = 0;
}

static int close_held(int fd)
{
    let_go(fd);
    return coil_close(fd);
}

/* Reads to the end and counts; closes. */
COIL_ASYNC(take_all, (int, fd), (long long, total, out))
{
    char buf[20000];
    int n;
    *total = 0;
    while ((n = coil_recv(fd, buf, sizeof buf)) > 0)
        *total += n;
    int closed = close_held(fd);
    return n < 0 ? n : closed;
}

static int socket_pair(int fd[2])
{
    if (coil__sys_socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fd) < 0)
        return -errno;
    hold(fd[0]);
    hold(fd[1]);
    return 0;
}

/* A file of zeros without a name. */
static int make_file(const char *path, coil_file **ret_file)
{
    int err = coil_file_open(path, O_RDWR | O_CREAT | O_TRUNC, 0600, ret_file);
    unlink(path);
    if (err >= 0) {
        err = coil_file_truncate(*ret_file, SIZE);
        if (err < 0)
            coil_ignore(coil_file_close(*ret_file));
    }
    return err;
}

/* ---------------------------------------------------------------- raw sockets ---- */

COIL_ASYNC(send_raw, (int, to), (int, file), (long long, sent, out))
{
    int err = coil_sendfile(to, file, 0, -1, sent);
    int closed = close_held(to);
    return err < 0 ? err : closed;
}

COIL_ASYNC(raw_to_raw, (int, file))
{
    int fd[2], err = socket_pair(fd);
    if (err < 0)
        return err;
    long long sent = 0, total = 0;
    coil_task *taker = coil_create_task(take_all(fd[1], &total));
    if (!taker) {
        coil_ignore(close_held(fd[0]));
        coil_ignore(close_held(fd[1]));
        return coil_await(taker);
    }
    err = send_raw(fd[0], file, &sent);
    int taken = coil_await(taker);
    return err < 0 ? err : taken < 0 ? taken : expect(sent, total);
}

COIL_ASYNC(from_a_pipe)
{
    int fd[2];
    if (pipe2(fd, O_CLOEXEC) < 0)
        return -errno;
    hold(fd[0]);
    char some[SOME] = "";
    int err = write(fd[1], some, sizeof some) == SOME ? 0 : -EIO;
    close(fd[1]);
    if (err >= 0)
        err = raw_to_raw(fd[0]);
    let_go(fd[0]);
    close(fd[0]);
    return err;
}

COIL_ASYNC(by_sockets)
{
    coil_file *f;
    char path[80];
    snprintf(path, sizeof path, "/tmp/coil-walk-send-%d", (int)getpid());
    int err = make_file(path, &f);
    if (err < 0)
        return err;
    err = raw_to_raw(coil_file_fd(f));
    int closed = coil_file_close(f);
    return err < 0 ? err : closed < 0 ? closed : from_a_pipe();
}

/* ---------------------------------------------------------------- streams ---- */

struct relay {
    coil_transport base;
    coil_stream *below;
};

static int relay_recv(coil_transport *t, void *buf, size_t n)
{
    return coil_stream_read(((struct relay *)t)->below, buf, n);
}

static int relay_send(coil_transport *t, const void *buf, size_t n)
{
    int err = coil_stream_send(((struct relay *)t)->below, buf, n);
    return err < 0 ? err : (int)n;
}

static int relay_close(coil_transport *t, int aborted)
{
    struct relay *self = (struct relay *)t;
    if (aborted)
        coil_stream_abort(self->below);
    int err = coil_stream_close(self->below);
    free(self);
    return err;
}

static const coil_transport_ops relay_ops = {
    .recv = relay_recv, .send = relay_send, .close = relay_close};

static int interpose(coil_stream *s)
{
    struct relay *r = calloc(1, sizeof *r);
    if (!r)
        return -ENOMEM;
    r->base.ops = &relay_ops;
    int err = coil_stream_write(s, "plain", 5);
    if (err >= 0)
        err = coil_stream_interpose(s, &r->base, &r->below);
    if (err < 0)
        free(r);
    return err;
}

COIL_ASYNC(by_stream, (int, fd), (coil_file *, f), (int, relayed))
{
    coil_stream *s;
    long long sent = 0;
    int err = coil_stream_from_fd(fd, &s);
    if (err < 0) {
        coil_ignore(close_held(fd));
        return err;
    }
    let_go(fd);
    err = relayed ? interpose(s) : coil_stream_write(s, "plain", 5);
    if (err >= 0)
        err = coil_stream_sendfile(s, f, 0, -1, &sent);
    if (err >= 0)
        err = expect(sent, SIZE);
    if (err >= 0)
        err = coil_stream_send(s, "end", 3);
    coil_stream_close(s);
    int closed = coil_stream_wait_closed(s);
    return err < 0 ? err : closed;
}

COIL_ASYNC(through_streams, (int, relayed))
{
    int fd[2];
    coil_file *f;
    char path[80];
    snprintf(path, sizeof path, "/tmp/coil-walk-send-%d", (int)getpid());
    int err = make_file(path, &f);
    if (err < 0)
        return err;
    err = socket_pair(fd);
    if (err >= 0) {
        long long total = 0;
        coil_task *taker = coil_create_task(take_all(fd[1], &total));
        if (!taker)
            coil_ignore(close_held(fd[1]));
        err = by_stream(fd[0], f, relayed);
        int taken = coil_await(taker);
        err = err < 0 ? err : taken < 0 ? taken : expect(total, SIZE + 8);
    }
    int closed = coil_file_close(f);
    return err < 0 ? err : closed;
}

static int close_rest(int status)
{
    for (int i = 0; i < 8; i++)
        if (held[i] > 0)
            close(held[i]);
    return status;
}

static int run_sockets(void)
{
    return close_rest(coil_run(coil_wait_for(by_sockets(), LIMIT)));
}
static int run_streams(void)
{
    return close_rest(coil_run(coil_wait_for(through_streams(0), LIMIT)));
}
static int run_relayed(void)
{
    return close_rest(coil_run(coil_wait_for(through_streams(1), LIMIT)));
}

int main(void)
{
    const struct walk list[] = {
        {"sockets", run_sockets, 185, 185, {EPIPE, ECONNRESET}, 90},
        {"streams", run_streams, 175, 190, {EPIPE, ECONNRESET}, 70},
        {"relayed", run_relayed, 300, 430, {EPIPE, ECONNRESET}, 125},
    };
    return walk_main(list, sizeof list / sizeof *list);
}

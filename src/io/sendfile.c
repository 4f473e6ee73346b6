/* io/sendfile.c: files into sockets: by sendfile(2) where it works, else in pieces.
 *
 * sendfile(2) waits for the disk, so it runs in a helper thread; it does not wait for the socket, which is non-blocking: for that there
 * is a poll operation. The thread works on copies of both fds, so that a close meanwhile can't give their numbers to somebody else.
 * A stream is `direct` meanwhile: nobody else sends, and a close comes after it.
 */
#include "coil/sendfile.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

#include "base/sys.h"
#include "coil/fd.h"
#include "io/stream.h"

enum { PIECE = 16384, MOST_AT_ONCE = 1 << 20 };

/* Where the bytes go. */
struct sink {
    int fd;                      /* what sendfile and poll work on; -1: only `send` does */
    struct coil__stream *stream; /* or NULL */
};

struct transfer {
    int file;
    long long offset; /* of the next byte; -1 for what has no positions */
    long long left;   /* < 0: up to the end                             */
    long long sent;
};

static void moved(struct transfer *t, long long n)
{
    t->sent += n;
    if (t->left > 0)
        t->left -= n;
    if (t->offset >= 0)
        t->offset += n;
}

/* ---------------------------------------------------------------- in pieces ---- */

static int send_some(const struct sink *sink, const char *buf, size_t n)
{
    struct coil__stream *s = sink->stream;
    if (!s)
        return coil_send(sink->fd, buf, n);
    if (s->has_close)
        return -ECONNABORTED;
    if (s->transport)
        return s->transport->ops->send(s->transport, buf, n);
    struct coil__op op;
    coil__stream_op(s, COIL__OP_SEND, (void *)(uintptr_t)buf, n, 0, &op);
    return coil__op_await(&op);
}

static int read_some(const struct transfer *t, char *buf, size_t n)
{
    struct coil__op op = {
        .code = COIL__OP_READ, .fd = t->file, .buf = buf, .len = (uint32_t)n, .offset = t->offset};
    return coil__op_await(&op);
}

static int copy(const struct sink *sink, struct transfer *t)
{
    char buf[PIECE];
    while (t->left != 0) {
        size_t want = t->left > 0 && t->left < PIECE ? (size_t)t->left : PIECE;
        int got = read_some(t, buf, want);
        if (got <= 0)
            return got;
        for (int done = 0; done < got;) {
            int n = send_some(sink, buf + done, (size_t)(got - done));
            if (n < 0)
                return n;
            done += n;
            moved(t, n);
        }
    }
    return 0;
}

/* ---------------------------------------------------------------- by the kernel ---- */

/* For the helper thread. */
struct job {
    int to, from;
    off_t offset;
    size_t n;
};

static int run_job(void *arg)
{
    struct job *job = arg;
    ssize_t n = coil__sys_sendfile(job->to, job->from, &job->offset, job->n);
    return n < 0 ? -errno : (int)n;
}

static int wait_writable(const struct sink *sink)
{
    struct coil__stream *s = sink->stream;
    if (s && s->has_close)
        return -ECONNABORTED;
    struct coil__op op = {
        .code = COIL__OP_POLL, .flags = s ? COIL__OPF_OWNED : 0, .fd = sink->fd, .events = POLLOUT};
    int ready = coil__op_await(&op);
    return ready < 0 ? ready : 0;
}

/* Returns 0, an error, or 1: not by this way, and nothing was sent yet. */
static int transmit(const struct sink *sink, struct transfer *t, int to, int from)
{
    while (t->left != 0) {
        if (sink->stream && sink->stream->has_close)
            return -ECONNABORTED;
        struct job job = {to, from, t->offset, MOST_AT_ONCE};
        if (t->left > 0 && t->left < MOST_AT_ONCE)
            job.n = (size_t)t->left;
        struct coil__op op = {.code = COIL__OP_CALL, .fn = run_job, .arg = &job};
        int n = coil__op_await(&op);
        if (n == 0)
            return t->sent == 0; /* some files of /proc look empty to sendfile */
        if (n > 0)
            moved(t, n);
        else if (n == -EAGAIN)
            n = wait_writable(sink);
        if (n < 0 && n != -EINTR)
            return t->sent == 0 && (n == -EINVAL || n == -ENOSYS) ? 1 : n;
    }
    return 0;
}

static bool never_waits(int fd)
{
    int flags = coil__sys_fcntl(fd, F_GETFL, 0);
    return flags >= 0 && flags & O_NONBLOCK;
}

static int send_file(const struct sink *sink, struct transfer *t)
{
    if (coil__sys_lseek(t->file, 0, SEEK_CUR) < 0) { /* a pipe, a terminal: what comes next */
        if (errno != ESPIPE || t->offset != 0)
            return -errno;
        t->offset = -1;
    }
    if (t->offset < 0 || sink->fd < 0 || !never_waits(sink->fd))
        return copy(sink, t);
    int err, to, from = coil__sys_fcntl(t->file, F_DUPFD_CLOEXEC, 0);
    if (from < 0)
        return -errno;
    to = coil__sys_fcntl(sink->fd, F_DUPFD_CLOEXEC, 0);
    if (to < 0) {
        err = -errno;
        goto close_from;
    }
    err = transmit(sink, t, to, from);
    coil__sys_close(to);
close_from:
    coil__sys_close(from);
    return err == 1 ? copy(sink, t) : err;
}

/* ---------------------------------------------------------------- the calls ---- */

static int check_range(long long offset, long long count)
{
    if (offset >= 0 && count != 0)
        return 0;
    return coil_fail(-EINVAL, "sendfile: offset %lld, count %lld", offset, count);
}

int coil_sendfile(int socket, int file, long long offset, long long count, long long *sent)
{
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (err >= 0)
        err = socket < 0 || file < 0 ? -EBADF : check_range(offset, count);
    if (err < 0)
        return err;
    struct sink sink = {.fd = socket};
    struct transfer t = {.file = file, .offset = offset, .left = count};
    err = send_file(&sink, &t);
    if (err >= 0 && sent)
        *sent = t.sent;
    return err;
}

/* Waits until all that was written before is out. */
static int wait_flushed(struct coil__stream *s)
{
    while (s->out->status == 0 &&
           (s->out->in_flight || s->direct || coil__out_waiting(s->out) > 0)) {
        s->room->streak = 0;
        int err = coil__park(&s->out->flushers, &coil__stream_wait_kind, NULL);
        if (err < 0)
            return err;
    }
    if (s->out->status < 0)
        return coil__stream_raise(s->out->status, s->out->error);
    return s->has_close ? -ECONNABORTED : 0;
}

static int stream_file(struct coil__stream *s, struct transfer *t)
{
    int err = coil__stream_unwritable(s);
    if (err >= 0)
        err = coil__out_ensure(s);
    if (err < 0)
        return err;
    s->sends_file = true;
    err = wait_flushed(s);
    if (err >= 0) {
        struct sink sink = {.fd = s->transport || s->piped ? -1 : s->fd, .stream = s};
        s->direct = true;
        err = send_file(&sink, t);
        s->direct = false;
        if (err < 0 && s->has_close && err != -ECANCELED)
            err = -ECONNABORTED;
    }
    s->sends_file = false;
    if (!s->has_close)
        coil__out_pump(s->out);
    return err;
}

int coil_stream_sendfile(coil_stream *stream, coil_file *file, long long offset, long long count,
                         long long *sent)
{
    struct coil__stream *s;
    int err = file ? check_range(offset, count) : -EINVAL;
    if (err >= 0)
        err = coil__stream_enter(stream, &s);
    if (err < 0)
        return err;
    struct transfer t = {.file = coil_file_fd(file), .offset = offset, .left = count};
    err = stream_file(s, &t);
    if (t.sent > 0)
        coil_file_seek(file, offset + t.sent);
    if (err >= 0 && sent)
        *sent = t.sent;
    return coil__stream_leave(s, err);
}

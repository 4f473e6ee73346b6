/* io/pipe.c: an fd that somebody gives us becomes a stream, and nobody who shares it notices.
 *
 * O_NONBLOCK belongs to the open file description, and a terminal's description is often shared by a whole session. So a pipe
 * or a terminal is opened anew, which makes a description of our own; what can't be opened anew stays as it is, and the
 * backend waits for readiness before each call (`may_block`). A socket needs nothing: MSG_DONTWAIT belongs to the call.
 */
#include "io/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/sys.h"
#include "coil/pipes.h"
#include "loop/signals.h"

enum { STDIO_FDS = 3 };

struct coil__stream *coil__pipe_new(coil_loop *loop, enum coil__pipe_way way)
{
    struct coil__stream *s = coil__stream_new(loop, -1, NULL);
    if (!s)
        return NULL;
    s->piped = true;
    s->reads_only = way == COIL__PIPE_READS;
    if (way == COIL__PIPE_READS)
        return s;
    s->reader.status = 1;
    if (!s->room->holds_sigpipe)
        coil__sigpipe_hold();
    s->room->holds_sigpipe = true;
    return s;
}

/* The flags of an fd that can be used in this direction, or the error. */
static int usable_flags(int fd, enum coil__pipe_way way)
{
    int flags = coil__sys_fcntl(fd, F_GETFL, 0);
    if (flags < 0)
        return -errno;
    int wrong = way == COIL__PIPE_READS ? O_WRONLY : O_RDONLY;
    if ((flags & O_ACCMODE) == wrong || (flags & O_PATH))
        return coil_fail(-EBADF, "fd %d is not open for %s", fd,
                         way == COIL__PIPE_READS ? "reading" : "writing");
    return flags;
}

/* The master of a pseudo-terminal: to open it anew makes another terminal. */
static bool is_master(const struct stat *st)
{
    return S_ISCHR(st->st_mode) && st->st_rdev == makedev(5, 2);
}

static bool is_terminal(int fd, const struct stat *st)
{
    struct termios settings;
    return S_ISCHR(st->st_mode) && coil__sys_tcgetattr(fd, &settings) == 0;
}

/* A description of our own for the pipe or terminal behind fd, non-blocking; or an error: there is no /proc, the terminal belongs
 * to another user, a FIFO has lost its reader. */
static int open_anew(int fd, int flags)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int kept = flags & (O_ACCMODE | O_DIRECT | O_APPEND);
    int own = coil__sys_openat(AT_FDCWD, path, kept | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0);
    return own < 0 ? -errno : own;
}

/* Gives the stream an fd of its own: a duplicate of one of the first three, else the caller's. */
static int adopt(struct coil__stream *s, int fd)
{
    if (fd >= STDIO_FDS) {
        s->fd = fd;
        return 0;
    }
    s->fd = coil__sys_fcntl(fd, F_DUPFD_CLOEXEC, STDIO_FDS);
    return s->fd < 0 ? -errno : 0;
}

/* The new description takes the place of the caller's fd, which keeps its number. */
static int replace(struct coil__stream *s, int fd, int own)
{
    if (fd < STDIO_FDS) {
        s->fd = own;
        return 0;
    }
    int err = coil__sys_dup3(own, fd, O_CLOEXEC) < 0 ? -errno : 0;
    coil__sys_close(own);
    if (err >= 0)
        s->fd = fd;
    return err;
}

/* Decides how the fd is used, and makes it the stream's. After an error it is the caller's, as it was. */
static int take(struct coil__stream *s, int fd, int flags)
{
    struct stat st;
    if (coil__sys_fstat(fd, &st) < 0)
        return -errno;
    if (S_ISDIR(st.st_mode) || S_ISBLK(st.st_mode))
        return coil_fail(-EINVAL, "fd %d is neither a pipe nor anything like it", fd);
    s->piped = !S_ISSOCK(st.st_mode);
    if (!s->piped || (fd >= STDIO_FDS && (flags & O_NONBLOCK) && !S_ISREG(st.st_mode)))
        return adopt(s, fd);
    bool master = is_master(&st);
    if (S_ISFIFO(st.st_mode) || (is_terminal(fd, &st) && !master)) {
        int own = open_anew(fd, flags);
        if (own >= 0)
            return replace(s, fd, own);
    }
    if (master && fd >= STDIO_FDS) {
        if (!(flags & O_NONBLOCK) && coil__sys_fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
            return -errno;
        s->unblocked = !(flags & O_NONBLOCK);
    } else {
        s->may_block = true;
    }
    return adopt(s, fd);
}

static int connect_pipe(int fd, enum coil__pipe_way way, coil_stream **ret_stream)
{
    if (!ret_stream)
        return -EINVAL;
    if (!coil__here.loop)
        return -COIL_ENOLOOP;
    int flags = usable_flags(fd, way);
    if (flags < 0)
        return flags;
    struct coil__stream *s = coil__pipe_new(coil__here.loop, way);
    if (!s)
        return -ENOMEM;
    int err = take(s, fd, flags);
    if (err < 0) {
        coil__stream_discard(s);
        return err;
    }
    *ret_stream = coil__stream_handle(s);
    return 0;
}

int coil_connect_read_pipe(int fd, coil_stream **ret_stream)
{
    return connect_pipe(fd, COIL__PIPE_READS, ret_stream);
}

int coil_connect_write_pipe(int fd, coil_stream **ret_stream)
{
    return connect_pipe(fd, COIL__PIPE_WRITES, ret_stream);
}

/* Files, names and addresses, raw fds and their callbacks. */
#include <arpa/inet.h>

#include "walk.h"

enum { LIMIT = 10 }; /* seconds; whoever reaches it has hung */

/* ---------------------------------------------------------------- files ---- */

static int write_all(coil_file *f, const char *data, size_t n)
{
    int put = coil_file_write(f, data, n);
    return put < 0 ? put : put == (int)n ? 0 : -EBADMSG;
}

static int read_all(coil_file *f, char *buf, size_t n)
{
    size_t have = 0;
    int got = 1;
    while (have < n && got > 0) {
        got = coil_file_read(f, buf + have, n - have);
        have += got > 0 ? (size_t)got : 0;
    }
    return got < 0 ? got : have == n ? 0 : -EBADMSG;
}

COIL_ASYNC(use_file, (const char *, path))
{
    coil_file *f;
    char buf[12] = "";
    long long size;
    int err = coil_file_open(path, O_RDWR | O_CREAT | O_TRUNC, 0600, &f);
    if (err < 0)
        return err;
    err = write_all(f, "hello, disk!", 12);
    if (err >= 0)
        err = coil_file_fsync(f);
    if (err >= 0)
        err = coil_file_seek(f, 0);
    if (err >= 0)
        err = read_all(f, buf, sizeof buf);
    if (err >= 0 && memcmp(buf, "hello, disk!", 12) != 0)
        err = -EBADMSG;
    if (err >= 0)
        err = coil_file_pwrite(f, "HELLO", 5, 0);
    if (err >= 0)
        err = coil_file_pread(f, buf, 1, 4);
    if (err >= 0)
        err = coil_file_size(f, &size);
    if (err >= 0 && (buf[0] != 'O' || size != 12))
        err = -EBADMSG;
    int closed = coil_file_close(f);
    return err < 0 ? err : closed;
}

COIL_ASYNC(use_files)
{
    char dir[64], path[80], other[80];
    snprintf(dir, sizeof dir, "/tmp/coil-walk-dir-%d", (int)getpid());
    snprintf(path, sizeof path, "%s/a", dir);
    snprintf(other, sizeof other, "%s/b", dir);
    struct statx st;
    unlink(path); /* helpers may go on after an earlier program with this pid had given up */
    unlink(other);
    rmdir(dir);
    int err = coil_mkdir(dir, 0700);
    if (err >= 0)
        err = use_file(path);
    if (err >= 0)
        err = coil_rename(path, other);
    if (err >= 0)
        err = coil_stat(other, &st);
    if (err >= 0)
        err = coil_unlink(other);
    unlink(path);
    unlink(other);
    rmdir(dir);
    return err;
}

/* ---------------------------------------------------------------- names ---- */

COIL_ASYNC(resolve)
{
    coil_addresses *a = NULL, *b = NULL;
    char host[64], service[32];
    int err = coil_gather(coil_getaddrinfo("localhost", 80, AF_INET, &a),
                          coil_getaddrinfo("127.0.0.1", 81, AF_UNSPEC, &b));
    if (err >= 0 && (a->n < 1 || coil_address_port(&b->item[0]) != 81))
        err = -EBADMSG;
    if (err >= 0)
        err = coil_getnameinfo(&b->item[0], NI_NUMERICHOST | NI_NUMERICSERV, host, sizeof host,
                               service, sizeof service);
    if (err >= 0 && (strcmp(host, "127.0.0.1") != 0 || strcmp(service, "81") != 0))
        err = -EBADMSG;
    coil_addresses_free(a);
    coil_addresses_free(b);
    return err;
}

/* ---------------------------------------------------------------- raw fds ---- */

struct pipes {
    coil_event readable, writable;
    int fd;
};

static int on_readable(void *arg)
{
    struct pipes *p = arg;
    coil_event_set(&p->readable);
    return coil_remove_reader(p->fd);
}

static int on_writable(void *arg)
{
    struct pipes *p = arg;
    coil_event_set(&p->writable);
    return coil_remove_writer(p->fd);
}

COIL_ASYNC(watch, (int, fd))
{
    struct pipes p = {.fd = fd};
    coil_event_init(&p.readable);
    coil_event_init(&p.writable);
    int err = coil_add_reader(fd, on_readable, &p);
    if (err >= 0)
        err = coil_add_writer(fd, on_writable, &p);
    if (err >= 0)
        err = coil_gather(coil_event_wait(&p.readable), coil_event_wait(&p.writable));
    coil_remove_reader(fd);
    coil_remove_writer(fd);
    return err;
}

COIL_ASYNC(dial, (int, port))
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int err = coil_connect(fd, (struct sockaddr *)&to, sizeof to);
    if (err >= 0)
        err = coil_sendall(fd, "twelve bytes", 12);
    if (err >= 0)
        err = watch(fd);
    int closed = coil_close(fd);
    return err < 0 ? err : closed;
}

COIL_ASYNC(take, (int, listener))
{
    char buf[12];
    int fd = coil_accept(listener), n = 1, have = 0;
    if (fd < 0) /* also when it was cancelled: a group goes on without a cancelled member */
        return fd == -ECANCELED ? -COIL_EINCOMPLETE : fd;
    n = coil_wait_fd(fd, POLLIN);
    while (n > 0 && have < 12)
        if ((n = coil_recv(fd, buf + have, sizeof buf - (size_t)have)) > 0)
            have += n;
    if (n >= 0 && (have != 12 || memcmp(buf, "twelve bytes", 12) != 0))
        n = -COIL_EINCOMPLETE;
    if (n >= 0)
        n = coil_send(fd, "!", 1);
    int closed = coil_close(fd);
    return n < 0 ? n : closed;
}

/* One of the two may fail: then the other would wait for ever. */
COIL_ASYNC(meet, (int, listener), (int, port))
{
    int err;
    COIL_TASK_GROUP(g, err)
    {
        coil_task *a = coil_group_create_task(g, take(listener));
        coil_task *b = coil_group_create_task(g, dial(port));
        err = a && b ? 0 : -ENOMEM;
    }
    return err;
}

COIL_ASYNC(use_fds)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (bind(fd, (struct sockaddr *)&at, size) < 0 || listen(fd, 1) < 0 ||
        getsockname(fd, (struct sockaddr *)&at, &size) < 0)
        return -errno;
    int err = coil_wait_for(meet(fd, ntohs(at.sin_port)), LIMIT);
    int closed = coil_close(fd);
    return err < 0 ? err : closed;
}

/* ---------------------------------------------------------------- files that change ---- */

COIL_ASYNC(hear_of, (coil_watch *, w), (const char *, path))
{
    coil_watch_event event = {0};
    int number = coil_watch_add(w, path, IN_ATTRIB);
    int err = number < 0 ? number : chmod(path, 0600) < 0 ? -errno : 0;
    if (err >= 0)
        err = coil_watch_next(w, &event);
    if (err >= 0 && (event.path != number || event.events != IN_ATTRIB))
        err = -EBADMSG;
    if (err >= 0)
        err = coil_watch_remove(w, number);
    if (err >= 0)
        err = coil_watch_next(w, &event);
    return err >= 0 && event.events != IN_IGNORED ? -EBADMSG : err;
}

COIL_ASYNC(use_watch)
{
    char path[] = "/tmp/coil-walk-watch-XXXXXX";
    int fd = mkstemp(path);
    coil_watch *w;
    int err = fd < 0 ? -errno : coil_watch_open(&w);
    if (err >= 0) {
        err = coil_wait_for(hear_of(w, path), LIMIT);
        int closed = coil_watch_close(w);
        err = err < 0 ? err : closed;
    }
    close(fd);
    unlink(path);
    return err;
}

/* ---------------------------------------------------------------- the walks ---- */

static int run_files(void)
{
    return coil_run(use_files());
}

static int run_dns(void)
{
    return coil_run(resolve());
}

static int run_fds(void)
{
    return coil_run(use_fds());
}

static int run_watch(void)
{
    return coil_run(use_watch());
}

int main(void)
{
    const struct walk list[] = {
        {"files", run_files, 58, 135, {0}, 32},
        {"dns", run_dns, 58, 62, {COIL_EDNS_AGAIN, ENOMEM}, 5},
        {"fds", run_fds, 98, 118, {COIL_EINCOMPLETE, ECONNRESET, EPIPE}, 28},
        {"watch", run_watch, 50, 49, {0}, 8},
    };
    return walk_main(list, sizeof list / sizeof *list);
}

/* server.c: a far-away web server on your own machine: it answers late, sends slowly, and fails when told to.
 *
 *     pictures-server --images DIR [--port 0] [--delay 1] [--bandwidth 600000]
 *                     [--fail-first N] [--truncate PATTERN]
 *
 * One task accepts; each connection is a task of its own in one group, so that ending the group ends them all.
 * Being slow is what this server is for: the delay before the first byte and the limit on bandwidth hold for each
 * connection by itself, as they would for clients on different lines. It serves what was in the folder when it
 * started; /index.txt lists it, with checksums, which the answers carry too (X-Checksum).
 */
#include "catalogue.h"
#include "request.h"

#include <coil/fd.h>
#include <coil/files.h>
#include <coil/group.h>
#include <coil/run.h>
#include <coil/signals.h>
#include <coil/timeout.h>
#include <coil/gather.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <getopt.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK_MAX = 16 * 1024, HEAD_ROOM = 512 };
static const double idle_limit = 60; /* seconds that a connection may be silent */

struct server {
    const char *images, *truncate; /* truncate: NULL, or a pattern as in the shell */
    int port, fail_first;
    double delay, bandwidth; /* seconds; bytes per second, 0 for no limit */
    struct catalogue catalogue;
    struct bytes index;
    coil_task *main_task;
};

/* Where an answer's body comes from: memory, or a file. */
struct body {
    const uint8_t *data;
    coil_file *file;
    uint64_t size, send; /* send: less than size when it is to be cut short */
};

/* Sends the body in small pieces, each not before the bandwidth allows it. */
static int send_body(const struct server *s, int fd, const struct body *body)
{
    char chunk[CHUNK_MAX];
    size_t piece = CHUNK_MAX;
    if (s->bandwidth > 0 && s->bandwidth / 40 < piece)
        piece = s->bandwidth > 40 ? (size_t)(s->bandwidth / 40) : 1;
    const double start = coil_time();
    for (uint64_t sent = 0; sent < body->send;) {
        size_t n = body->send - sent < piece ? (size_t)(body->send - sent) : piece;
        const void *from = body->data ? body->data + sent : (const uint8_t *)chunk;
        if (body->file) {
            int got = coil_file_pread(body->file, chunk, n, (long long)sent);
            if (got <= 0)
                return got < 0 ? got : -EIO; /* the file has become shorter */
            n = (size_t)got;
        }
        int err = coil_sendall(fd, from, n);
        if (err < 0)
            return err;
        sent += n;
        if (s->bandwidth > 0)
            err = coil_sleep(fmax(0, start + (double)sent / s->bandwidth - coil_time()));
        if (err < 0)
            return err;
    }
    return body->send < body->size ? -ECONNABORTED : 0;
}

static int send_head(int fd, const char *status, const char *more, uint64_t size, int keep_alive)
{
    char head[HEAD_ROOM];
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 %s\r\nServer: coil-pictures\r\n%sContent-Length: %llu\r\n"
                     "Connection: %s\r\n\r\n",
                     status, more, (unsigned long long)size, keep_alive ? "keep-alive" : "close");
    return coil_sendall(fd, head, (size_t)n);
}

/* An answer that is only a sentence. */
static int send_status(int fd, const struct request *r, const char *status, int keep_alive)
{
    const size_t size = strlen(status) + 1;
    int err = send_head(fd, status, "Content-Type: text/plain\r\n", size, keep_alive);
    if (err < 0 || r->head)
        return err;
    err = coil_sendall(fd, status, size - 1);
    return err < 0 ? err : coil_sendall(fd, "\n", 1);
}

static const char *type_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    if (dot && (!strcasecmp(dot, ".jpg") || !strcasecmp(dot, ".jpeg")))
        return "image/jpeg";
    if (dot && !strcasecmp(dot, ".png"))
        return "image/png";
    return "application/octet-stream";
}

static int send_file(const struct server *s, int fd, const struct request *r,
                     const struct catalogue_entry *entry)
{
    char more[HEAD_ROOM / 2], checksum[CATALOGUE_CHECKSUM_SIZE];
    struct body body = {.size = entry->size, .send = entry->size};
    if (s->truncate && fnmatch(s->truncate, entry->path, 0) == 0)
        body.send = entry->size / 2;
    int err = coil_file_open(entry->file, O_RDONLY, 0, &body.file);
    if (err == -ECANCELED)
        return err;
    if (err < 0)
        return send_status(fd, r, "500 Internal Server Error", r->keep_alive);
    catalogue_checksum_text(entry->checksum, checksum);
    snprintf(more, sizeof more, "Content-Type: %s\r\nETag: \"%08x-%llx\"\r\nX-Checksum: %s\r\n",
             type_of(entry->path), entry->checksum, (unsigned long long)entry->size, checksum);
    err = send_head(fd, "200 OK", more, entry->size, r->keep_alive);
    if (err == 0 && !r->head)
        err = send_body(s, fd, &body);
    int closed = coil_file_close(body.file);
    return err < 0 ? err : closed;
}

static int send_index(const struct server *s, int fd, const struct request *r)
{
    const struct body body = {s->index.data, NULL, s->index.size, s->index.size};
    int err = send_head(fd, "200 OK", "Content-Type: text/plain; charset=utf-8\r\n", body.size,
                        r->keep_alive);
    return err < 0 || r->head ? err : send_body(s, fd, &body);
}

/* Answers one request. The index comes at once: a real client would have it already. */
static int answer(struct server *s, int fd, const struct request *r)
{
    if (!r->get && !r->head)
        return send_status(fd, r, "405 Method Not Allowed", r->keep_alive);
    if (strcmp(r->path, "/index.txt") == 0)
        return send_index(s, fd, r);
    struct catalogue_entry *entry = catalogue_find(&s->catalogue, r->path);
    int fails = entry && entry->requests < (unsigned)s->fail_first;
    if (fails)
        entry->requests++;
    int err = coil_sleep(s->delay);
    if (err < 0)
        return err;
    if (!entry)
        return send_status(fd, r, "404 Not Found", r->keep_alive);
    if (fails)
        return send_status(fd, r, "503 Service Unavailable", r->keep_alive);
    return send_file(s, fd, r, entry);
}

/* Reads until r is complete. buffer[0..*size) are bytes that came and aren't used yet.
 * Returns 1, 0 when the client has gone, or an error: of the connection, or request_feed's. */
static int read_request(int fd, struct request *r, char *buffer, size_t *size)
{
    for (;;) {
        size_t used = 0;
        int state = *size > 0 ? request_feed(r, buffer, *size, &used) : 0;
        *size -= used;
        memmove(buffer, buffer + used, *size);
        if (state != 0)
            return state;
        int n = coil_wait_for(coil_recv(fd, buffer, CHUNK_MAX), idle_limit);
        if (n <= 0)
            return n;
        *size = (size_t)n;
    }
}

/* What the client did wrong, as a status line; NULL when there is nobody to tell. */
static const char *complaint(int err)
{
    switch (err) {
    case -EBADMSG:
        return "400 Bad Request";
    case -ENAMETOOLONG:
        return "414 URI Too Long";
    case -E2BIG:
        return "431 Request Header Fields Too Large";
    default:
        return NULL;
    }
}

/* One connection, from the first byte to the close. A client's misfortune is its own: only a cancellation is
 * handed on, since an error would end the whole group. */
COIL_ASYNC(serve_client, (struct server *, s), (int, fd))
{
    struct request r;
    char buffer[CHUNK_MAX];
    size_t size = 0;
    int err, on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    request_init(&r);
    while ((err = read_request(fd, &r, buffer, &size)) == 1) {
        err = answer(s, fd, &r);
        if (err < 0 || !r.keep_alive)
            break;
        request_next(&r);
    }
    if (complaint(err))
        err = send_status(fd, &r, complaint(err), 0);
    int closed = coil_close(fd);
    return err == -ECANCELED || closed == -ECANCELED ? -ECANCELED : 0;
}

static int stop(void *arg)
{
    struct server *s = arg;
    coil_task_cancel(s->main_task);
    return 0;
}

static int listen_on(int port, int *ret_fd, int *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return coil_fail(-errno, "no socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, 128) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) < 0) {
        int err = -errno;
        close(fd);
        return coil_fail(err, "port %d: %s", port, strerror(-err));
    }
    *ret_fd = fd;
    *ret_port = ntohs(address.sin_port);
    return 0;
}

/* Accepts until cancelled. When fds or memory run out, clients wait a moment in the kernel's queue. */
static int accept_clients(struct server *s, int listener, coil_group *group)
{
    for (;;) {
        int fd = coil_accept(listener);
        if (fd == -EMFILE || fd == -ENFILE || fd == -ENOMEM || fd == -ENOBUFS) {
            int err = coil_sleep(0.1);
            if (err < 0)
                return err;
        } else if (fd == -ECONNABORTED || fd == -EINTR || fd == -EPROTO) {
            continue;
        } else if (fd < 0) {
            return fd;
        } else if (!coil_group_create_task(group, serve_client(s, fd))) {
            coil_ignore(coil_close(fd));
        }
    }
}

COIL_ASYNC(serve, (struct server *, s))
{
    int listener = -1, port = 0;
    int err = listen_on(s->port, &listener, &port);
    if (err < 0)
        return err;
    s->main_task = coil_current_task();
    err = coil_add_signal_handler(SIGTERM, stop, s);
    if (err < 0)
        goto close_listener;
    printf("listening on http://127.0.0.1:%d/\n", port);
    fflush(stdout);
    COIL_TASK_GROUP(group, err)
    {
        err = accept_clients(s, listener, group);
    }
    coil_remove_signal_handler(SIGTERM);
close_listener:
    coil_ignore(coil_close(listener));
    return err;
}

static const struct option options[] = {{"images", required_argument, NULL, 'i'},
                                        {"port", required_argument, NULL, 'p'},
                                        {"delay", required_argument, NULL, 'd'},
                                        {"bandwidth", required_argument, NULL, 'b'},
                                        {"fail-first", required_argument, NULL, 'f'},
                                        {"truncate", required_argument, NULL, 't'},
                                        {"help", no_argument, NULL, 'h'},
                                        {0}};

static void usage(FILE *to)
{
    fputs("usage: pictures-server --images DIR [options]\n"
          "  --port N          listen on this port of 127.0.0.1 (default 0: any; it is printed)\n"
          "  --delay S         seconds before an answer begins (default 1)\n"
          "  --bandwidth B     bytes per second for each connection (default 600000; 0: no limit)\n"
          "  --fail-first N    answer 503 to the first N requests of each file\n"
          "  --truncate GLOB   send only half of the files whose path matches\n",
          to);
}

/* A number in a range, whole when `whole`. Returns 0, or says on stderr what was expected. */
static int number(const char *name, double least, double most, int whole, double *ret)
{
    char *end;
    double value = strtod(optarg, &end);
    if (end == optarg || *end || !(value >= least && value <= most) ||
        (whole && value != floor(value))) {
        fprintf(stderr, "pictures-server: --%s: expected a number from %g to %g, not '%s'\n", name,
                least, most, optarg);
        return -EINVAL;
    }
    *ret = value;
    return 0;
}

/* Returns 0 to go on, 1 when all is said, -EINVAL. */
static int read_options(struct server *s, int argc, char **argv)
{
    double port = s->port, fail_first = s->fail_first;
    int option, err = 0;
    while (err == 0 && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h') {
            usage(stdout);
            return 1;
        } else if (option == 'i') {
            s->images = optarg;
        } else if (option == 't') {
            s->truncate = optarg;
        } else if (option == 'p') {
            err = number("port", 0, 65535, 1, &port);
        } else if (option == 'd') {
            err = number("delay", 0, 3600, 0, &s->delay);
        } else if (option == 'b') {
            err = number("bandwidth", 0, 1e12, 0, &s->bandwidth);
        } else if (option == 'f') {
            err = number("fail-first", 0, 1000000, 1, &fail_first);
        } else {
            err = -EINVAL;
        }
    }
    s->port = (int)port;
    s->fail_first = (int)fail_first;
    if (err == 0 && (!s->images || optind < argc))
        err = -EINVAL;
    if (err < 0)
        usage(stderr);
    return err;
}

int main(int argc, char **argv)
{
    struct server s = {.delay = 1, .bandwidth = 600000};
    int err = read_options(&s, argc, argv);
    if (err != 0)
        return err < 0 ? 2 : 0;
    err = catalogue_read(&s.catalogue, s.images);
    if (err == 0)
        err = catalogue_index(&s.catalogue, &s.index);
    if (err < 0)
        fprintf(stderr, "pictures-server: %s: %s\n", s.images, strerror(-err));
    else
        err = coil_run(serve(&s));
    if (err == -ECANCELED || err == -EINTR)
        err = 0; /* told to stop, and so it did */
    else if (err < 0)
        fprintf(stderr, "pictures-server: %s\n", coil_error_message(err));
    bytes_done(&s.index);
    catalogue_done(&s.catalogue);
    return err < 0 ? 1 : 0;
}

/* io/listen.c: sockets that listen, and the server on them. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/sys.h"
#include "io/connect.h"
#include "io/server.h"

enum { MOST_SOCKETS = 16, BACKLOG = 100, LIMIT = 65536 };

/* A socket that is bound and listens. Returns its fd or an error. */
static int listen_on(const coil_address *address, const coil_server_options *o)
{
    const struct sockaddr *sa = (const struct sockaddr *)&address->storage;
    int on = 1, err;
    int fd = coil__sys_socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (sa->sa_family != AF_UNIX)
        coil__sys_setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (o->reuse_port && coil__sys_setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0)
        goto fail;
    if (sa->sa_family == AF_INET6)
        coil__sys_setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (coil__sys_bind(fd, sa, address->size) < 0)
        goto fail;
    if (coil__sys_listen(fd, o->backlog) == 0)
        return fd;
    err = -errno;
    if (sa->sa_family == AF_UNIX)
        coil__sys_unlink(((const struct sockaddr_un *)sa)->sun_path); /* made by bind */
    coil__sys_close(fd);
    return err;

fail:
    err = -errno;
    coil__sys_close(fd);
    return err;
}

static void close_all(const int *fds, int n)
{
    for (int i = 0; i < n; i++)
        coil__sys_close(fds[i]);
}

/* All of them or none. An address family that this machine lacks is left out while another works. */
static int listen_on_all(const coil_addresses *addresses, const coil_server_options *o, int *fds)
{
    int n = 0, lacking = -EADDRNOTAVAIL;
    for (int i = 0; i < addresses->n && n < MOST_SOCKETS; i++) {
        int fd = listen_on(&addresses->item[i], o);
        if (fd == -EAFNOSUPPORT || fd == -EADDRNOTAVAIL) {
            lacking = fd;
            continue;
        }
        if (fd < 0) {
            close_all(fds, n);
            return fd;
        }
        fds[n++] = fd;
    }
    return n > 0 ? n : lacking;
}

static int complete(const coil_server_options *given, coil_server_options *o)
{
    *o = given ? *given : (coil_server_options){0};
    if (o->backlog < 0 || o->limit > 1 << 30)
        return coil_fail(-EINVAL, "server options: backlog %d, limit %zu", o->backlog, o->limit);
    if (o->backlog == 0)
        o->backlog = BACKLOG;
    if (o->limit == 0)
        o->limit = LIMIT;
    return 0;
}

/* A server that accepts on n sockets, which it owns from here on, also when it fails. */
static int start(const int *fds, int n, coil_client_handler handler, void *arg,
                 const coil_server_options *o, const char *path, coil_server **ret_server)
{
    struct coil__server *server;
    char *own_path = path ? coil__strdup(path) : NULL;
    int err = path && !own_path ? -ENOMEM : coil__server_new(coil__here.loop, fds, n, &server);
    if (err < 0) {
        if (path)
            coil__sys_unlink(path);
        coil__free(own_path);
        close_all(fds, n);
        return err;
    }
    server->prepare = o->prepare;
    server->prepare_arg = o->prepare_arg;
    server->handler = handler;
    server->arg = arg;
    struct stat st;
    if (path && coil__sys_stat(path, &st) == 0) {
        server->path = own_path;
        server->path_dev = st.st_dev;
        server->path_ino = st.st_ino;
    } else {
        coil__free(own_path);
    }
    server->limit = (uint32_t)o->limit;
    server->backlog = o->backlog;
    coil__server_start(server);
    *ret_server = coil__handle_make(coil__here.loop, &server->head);
    return 0;
}

int coil_start_server(const char *host, int port, coil_client_handler handler, void *arg,
                      const coil_server_options *options, coil_server **ret_server)
{
    coil_server_options o;
    coil_addresses *addresses;
    int fds[MOST_SOCKETS];
    if (!handler || !ret_server)
        return -EINVAL;
    int err = complete(options, &o);
    if (err >= 0)
        err = coil_getaddrinfo(host, port, AF_UNSPEC, &addresses);
    if (err < 0)
        return err;
    int n = listen_on_all(addresses, &o, fds);
    coil_addresses_free(addresses);
    if (n < 0)
        return coil_fail(n, "listen on %s port %d: %s", host ? host : "all addresses", port,
                         coil_error_sentence(n));
    return start(fds, n, handler, arg, &o, NULL, ret_server);
}

int coil_start_unix_server(const char *path, coil_client_handler handler, void *arg,
                           const coil_server_options *options, coil_server **ret_server)
{
    struct coil__task *self;
    coil_server_options o;
    coil_address address;
    struct stat st;
    int err = coil__current_or_error(&self);
    if (err >= 0)
        err = path && handler && ret_server ? complete(options, &o) : -EINVAL;
    if (err >= 0)
        err = coil__connect_unix_address(path, &address);
    if (err < 0)
        return err;
    if (coil__sys_stat(path, &st) == 0 && S_ISSOCK(st.st_mode))
        coil__sys_unlink(path);
    int fd = listen_on(&address, &o);
    if (fd < 0)
        return coil_fail(fd, "listen on unix socket %s: %s", path, coil_error_sentence(fd));
    return start(&fd, 1, handler, arg, &o, path, ret_server);
}

/* io/listen.c: sockets that listen, and the server on them. */
#include <errno.h>
#include <fcntl.h>
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

/* A socket that is bound. Returns its fd or an error. */
static int bind_to(const coil_address *address, const coil_server_options *o)
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
    if (coil__sys_bind(fd, sa, address->size) == 0)
        return fd;

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
static int bind_to_all(const coil_addresses *addresses, const coil_server_options *o, int *fds)
{
    int n = 0, lacking = -EADDRNOTAVAIL;
    for (int i = 0; i < addresses->n && n < MOST_SOCKETS; i++) {
        int fd = bind_to(&addresses->item[i], o);
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
    if (o->family != AF_UNSPEC && o->family != AF_INET && o->family != AF_INET6)
        return coil_fail(-EINVAL, "server options: family %d: expected AF_INET or AF_INET6",
                         o->family);
    if (o->backlog == 0)
        o->backlog = BACKLOG;
    if (o->limit == 0)
        o->limit = LIMIT;
    return 0;
}

/* A server on n bound sockets. On an error they are the caller's still; the path is removed. */
static int start(const int *fds, int n, coil_client_handler handler, void *arg,
                 const coil_server_options *o, const char *path, bool given,
                 coil_server **ret_server)
{
    struct coil__server *server;
    struct stat st;
    char *own_path = path ? coil__strdup(path) : NULL;
    int err = path && !own_path ? -ENOMEM : 0;
    for (int i = 0; i < n && err >= 0 && !o->idle; i++) /* before the server has them */
        err = coil__sys_listen(fds[i], o->backlog) < 0 ? -errno : 0;
    if (err >= 0)
        err = coil__server_new(coil__here.loop, fds, n, &server);
    if (err < 0) {
        if (path)
            coil__sys_unlink(path);
        coil__free(own_path);
        return err;
    }
    server->given = given;
    server->prepare = o->prepare;
    server->prepare_arg = o->prepare_arg;
    server->handler = handler;
    server->arg = arg;
    if (path && coil__sys_stat(path, &st) == 0) {
        server->path = own_path;
        server->path_dev = st.st_dev;
        server->path_ino = st.st_ino;
    } else {
        coil__free(own_path);
    }
    server->limit = (uint32_t)o->limit;
    server->backlog = o->backlog;
    if (!o->idle)
        coil__server_accept(server);
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
        err = coil_getaddrinfo(host, port, o.family, &addresses);
    if (err < 0)
        return err;
    int n = bind_to_all(addresses, &o, fds);
    coil_addresses_free(addresses);
    err = n < 0 ? n : start(fds, n, handler, arg, &o, NULL, false, ret_server);
    if (err < 0 && n > 0)
        close_all(fds, n);
    if (err < 0)
        return coil_fail(err, "listen on %s port %d: %s", host ? host : "all addresses", port,
                         coil_error_sentence(err));
    return 0;
}

/* Unless it is a stream socket, whatever its address family. */
static int check_socket(int fd)
{
    int type = 0;
    socklen_t size = sizeof type;
    if (coil__sys_getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0)
        return errno == ENOTSOCK
                   ? coil_fail(-EINVAL, "a stream socket was expected, got fd %d, no socket", fd)
                   : -errno;
    if (type != SOCK_STREAM)
        return coil_fail(-EINVAL, "a stream socket was expected, got fd %d of type %d", fd, type);
    int flags = coil__sys_fcntl(fd, F_GETFL, 0);
    return flags < 0 || coil__sys_fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

int coil_start_server_on(int fd, coil_client_handler handler, void *arg,
                         const coil_server_options *options, coil_server **ret_server)
{
    struct coil__task *self;
    coil_server_options o;
    int err = coil__current_or_error(&self);
    if (err >= 0)
        err = handler && ret_server ? complete(options, &o) : -EINVAL;
    if (err >= 0)
        err = check_socket(fd);
    return err < 0 ? err : start(&fd, 1, handler, arg, &o, NULL, true, ret_server);
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
    int fd = bind_to(&address, &o);
    err = fd < 0 ? fd : start(&fd, 1, handler, arg, &o, path, false, ret_server);
    if (err < 0 && fd >= 0)
        coil__sys_close(fd);
    if (err < 0)
        return coil_fail(err, "listen on unix socket %s: %s", path, coil_error_sentence(err));
    return 0;
}

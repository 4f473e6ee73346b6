/* io/connect.c: from an address to a stream: every address in turn, the first that answers. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/sys.h"

#include "coil/fd.h"
#include "io/connect.h"
#include "io/stream.h"

void coil__connect_set_nodelay(int fd, int family)
{
    int on = 1;
    if (family == AF_INET || family == AF_INET6)
        coil__sys_setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* Connects one socket. Returns its fd or an error; nothing is left open then. */
static int connect_one(const coil_address *address)
{
    const struct sockaddr *sa = (const struct sockaddr *)&address->storage;
    int fd = coil__sys_socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    struct coil__op op = {.code = COIL__OP_CONNECT,
                          .flags = COIL__OPF_OWNED,
                          .fd = fd,
                          .const_addr = sa,
                          .addr_size = address->size};
    int err = coil__op_await(&op);
    if (err < 0) {
        coil_ignore(coil_close(fd)); /* the backend may know it already */
        return err;
    }
    coil__connect_set_nodelay(fd, sa->sa_family);
    return fd;
}

static int stream_on(int fd, coil_stream **ret_stream)
{
    struct coil__stream *s = coil__stream_new(coil__here.loop, fd, NULL);
    if (!s) {
        coil_ignore(coil_close(fd));
        return -ENOMEM;
    }
    s->bytes = true;
    *ret_stream = coil__stream_handle(s);
    return 0;
}

int coil_open_connection(const char *host, int port, coil_stream **ret_stream)
{
    if (!host || !ret_stream || port < 1 || port > 65535)
        return coil_fail(-EINVAL, "coil_open_connection: host %s, port %d", host ? host : "(null)",
                         port);
    coil_addresses *addresses;
    int err = coil_getaddrinfo(host, port, AF_UNSPEC, &addresses);
    if (err < 0)
        return err;
    int fd = -1, first = 0;
    for (int i = 0; i < addresses->n && fd < 0 && fd != -ECANCELED; i++) {
        fd = connect_one(&addresses->item[i]);
        if (fd < 0 && first == 0)
            first = fd;
    }
    coil_addresses_free(addresses);
    if (fd >= 0)
        return stream_on(fd, ret_stream);
    if (fd == -ECANCELED)
        return fd;
    return coil_fail(first, "connect to %s port %d: %s", host, port, coil_error_sentence(first));
}

int coil__connect_unix_address(const char *path, coil_address *ret_address)
{
    struct sockaddr_un *un = (struct sockaddr_un *)&ret_address->storage;
    size_t size = strlen(path);
    if (size == 0 || size >= sizeof un->sun_path)
        return coil_fail(size ? -ENAMETOOLONG : -EINVAL, "unix socket path %s", path);
    memset(ret_address, 0, sizeof *ret_address);
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, path, size + 1);
    ret_address->size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size + 1);
    return 0;
}

int coil_open_unix_connection(const char *path, coil_stream **ret_stream)
{
    struct coil__task *self;
    coil_address address;
    int err = coil__current_or_error(&self);
    if (err >= 0)
        err = path && ret_stream ? coil__connect_unix_address(path, &address) : -EINVAL;
    if (err < 0)
        return err;
    int fd = connect_one(&address);
    if (fd >= 0)
        return stream_on(fd, ret_stream);
    return fd == -ECANCELED
               ? fd
               : coil_fail(fd, "connect to unix socket %s: %s", path, coil_error_sentence(fd));
}

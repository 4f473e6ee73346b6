/* io/datagram_open.c: from addresses to an endpoint: every pair in turn, the first that works. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/memory.h"
#include "base/sys.h"
#include "coil/fd.h"
#include "io/address.h"
#include "io/datagram.h"

/* What one end may be: the addresses of a host, or the one of a Unix socket, or (n == 0) nothing. */
struct end {
    const coil_address *item;
    int n;
    coil_addresses *found;
    coil_address unix_one;
};

static void end_done(struct end *end)
{
    coil_addresses_free(end->found);
}

static int resolve(const char *text, int family, struct end *ret)
{
    struct coil__host_port at;
    *ret = (struct end){0};
    if (!text)
        return 0;
    if (coil__address_is_unix(text)) {
        ret->item = &ret->unix_one;
        ret->n = 1;
        return coil__address_parse_unix(text, &ret->unix_one);
    }
    if (coil__address_split(text, &at) < 0)
        return coil__address_fail(text);
    int err = coil_getaddrinfo(at.host[0] ? at.host : NULL, at.port, family, &ret->found);
    if (err < 0)
        return err;
    ret->item = ret->found->item;
    ret->n = ret->found->n;
    return 0;
}

static const struct sockaddr *sockaddr_of(const coil_address *address)
{
    return (const struct sockaddr *)&address->storage;
}

static int set_option(int fd, int option, int value)
{
    if (value != 0 && coil__sys_setsockopt(fd, SOL_SOCKET, option, &value, sizeof value) < 0)
        return -errno;
    return 0;
}

static int set_options(int fd, const coil_datagram_options *o)
{
    int err = set_option(fd, SO_REUSEPORT, o->reuse_port != 0);
    if (err >= 0)
        err = set_option(fd, SO_BROADCAST, o->allow_broadcast != 0);
    if (err >= 0)
        err = set_option(fd, SO_RCVBUF, o->receive_buffer);
    if (err >= 0)
        err = set_option(fd, SO_SNDBUF, o->send_buffer);
    return err;
}

/* The path of a Unix socket that has one. */
static const char *path_of(const coil_address *address)
{
    const struct sockaddr_un *un = (const struct sockaddr_un *)&address->storage;
    return address && un->sun_family == AF_UNIX && un->sun_path[0] ? un->sun_path : NULL;
}

static int bind_to(int fd, const coil_address *local)
{
    struct stat st;
    const char *path = path_of(local);
    if (path && coil__sys_stat(path, &st) == 0 && S_ISSOCK(st.st_mode))
        coil__sys_unlink(path);
    return coil__sys_bind(fd, sockaddr_of(local), local->size) < 0 ? -errno : 0;
}

/* Nothing is sent, so it can be done again. */
static int connect_to(int fd, const coil_address *remote)
{
    int n;
    do
        n = coil__sys_connect(fd, sockaddr_of(remote), remote->size);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : 0;
}

/* One socket with these ends. Returns its fd, or an error: nothing is left then. */
static int open_socket(int family, const coil_address *local, const coil_address *remote,
                       const coil_datagram_options *o)
{
    int fd = coil__sys_socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    bool bound = false;
    int err = set_options(fd, o);
    if (err >= 0 && local) {
        err = bind_to(fd, local);
        bound = err >= 0;
    }
    if (err >= 0 && remote)
        err = connect_to(fd, remote);
    if (err >= 0)
        return fd;
    if (bound && path_of(local))
        coil__sys_unlink(path_of(local));
    coil__sys_close(fd);
    return err;
}

/* Tries every remote address with every local one of its family. *ret_local: the one that was bound. */
static int open_any(const struct end *local, const struct end *remote,
                    const coil_datagram_options *o, const coil_address **ret_local, int *ret_family)
{
    int first = -EAFNOSUPPORT;
    for (int r = 0; r < (remote->n > 0 ? remote->n : 1); r++) {
        for (int l = 0; l < (local->n > 0 ? local->n : 1); l++) {
            const coil_address *to = remote->n > 0 ? &remote->item[r] : NULL;
            const coil_address *from = local->n > 0 ? &local->item[l] : NULL;
            int family = to ? to->storage.ss_family : from ? from->storage.ss_family : o->family;
            if ((from && from->storage.ss_family != family) || (o->family && family != o->family))
                continue;
            int fd = open_socket(family, from, to, o);
            if (fd >= 0) {
                *ret_local = from;
                *ret_family = family;
                return fd;
            }
            if (first == -EAFNOSUPPORT)
                first = fd;
        }
    }
    return first;
}

/* The endpoint of a socket that is ready. On failure the socket is closed and its path removed. */
static int endpoint_on(int fd, int family, const coil_address *local, bool connected,
                       coil_datagram **ret_datagram)
{
    const char *path = local ? path_of(local) : NULL;
    char *own_path = path ? coil__strdup(path) : NULL;
    struct coil__datagram *d = NULL;
    if (!path || own_path)
        d = coil__datagram_new(coil__here.loop, fd, family);
    if (!d) {
        coil__free(own_path);
        if (path)
            coil__sys_unlink(path);
        coil__sys_close(fd);
        return -ENOMEM;
    }
    struct stat st;
    d->connected = connected;
    if (path && coil__sys_stat(path, &st) == 0) {
        d->path = own_path;
        d->dev = st.st_dev;
        d->ino = st.st_ino;
    } else {
        coil__free(own_path);
    }
    *ret_datagram = coil__handle_make(coil__here.loop, &d->head);
    return 0;
}

int coil_datagram_open(const char *local, const char *remote, const coil_datagram_options *options,
                       coil_datagram **ret_datagram)
{
    struct coil__task *self;
    struct end from, to;
    const coil_address *bound = NULL;
    coil_datagram_options o = options ? *options : (coil_datagram_options){0};
    int family = 0, fd, err = coil__current_or_error(&self);
    if (err < 0)
        return err;
    if (!ret_datagram || o.receive_buffer < 0 || o.send_buffer < 0)
        return coil_fail(-EINVAL, "coil_datagram_open: buffers of %d and %d bytes",
                         o.receive_buffer, o.send_buffer);
    if (!local && !remote && o.family == 0)
        return coil_fail(-EINVAL, "coil_datagram_open: no address and no address family");
    err = resolve(local, o.family, &from);
    if (err < 0)
        goto from_done;
    err = resolve(remote, o.family, &to);
    if (err < 0)
        goto to_done;
    fd = open_any(&from, &to, &o, &bound, &family);
    if (fd < 0)
        err = coil_fail(fd, "datagrams from %s to %s: %s", local ? local : "any port",
                        remote ? remote : "anywhere", coil_error_sentence(fd));
    else
        err = endpoint_on(fd, family, bound, to.n > 0, ret_datagram);
to_done:
    end_done(&to);
from_done:
    end_done(&from);
    return err;
}

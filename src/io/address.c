/* io/address.c: addresses as text, and text as addresses.
 *
 * The two forms are each other's inverse: "127.0.0.1:80", "[::1]:80", "[fe80::1%2]:80", "unix:/path", "unix:@abstract".
 */
#include "io/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/sys.h"
#include "coil/errors.h"
#include "io/connect.h"

/* ---------------------------------------------------------------- to text ---- */

int coil_address_port(const coil_address *address)
{
    if (!address)
        return -EINVAL;
    if (address->storage.ss_family == AF_INET)
        return ntohs(((const struct sockaddr_in *)&address->storage)->sin_port);
    if (address->storage.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)&address->storage)->sin6_port);
    return 0;
}

/* An abstract name begins with a NUL, which is written as '@', as ss and lsof do. */
static int unix_name(const coil_address *address, char *buf, size_t n)
{
    const struct sockaddr_un *un = (const struct sockaddr_un *)&address->storage;
    size_t size = address->size - offsetof(struct sockaddr_un, sun_path);
    if (size > sizeof un->sun_path)
        size = sizeof un->sun_path;
    if (un->sun_path[0] == '\0')
        return snprintf(buf, n, "@%.*s", (int)size - 1, un->sun_path + 1);
    return snprintf(buf, n, "%.*s", (int)size, un->sun_path);
}

/* A link-local address means nothing without its zone, the number of an interface. */
static int ipv6_host(const coil_address *address, char *buf, size_t n)
{
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&address->storage;
    char text[INET6_ADDRSTRLEN] = "";
    inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof text);
    if (in6->sin6_scope_id == 0)
        return snprintf(buf, n, "%s", text);
    return snprintf(buf, n, "%s%%%u", text, (unsigned)in6->sin6_scope_id);
}

int coil_address_host(const coil_address *address, char *buf, size_t n)
{
    if (!address || (!buf && n > 0))
        return -EINVAL;
    char text[INET_ADDRSTRLEN] = "";
    if (address->storage.ss_family == AF_INET6)
        return ipv6_host(address, buf, n);
    if (address->storage.ss_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)&address->storage)->sin_addr, text,
                  sizeof text);
    else if (address->storage.ss_family == AF_UNIX &&
             address->size > offsetof(struct sockaddr_un, sun_path))
        return unix_name(address, buf, n);
    return snprintf(buf, n, "%s", text);
}

int coil_address_format(const coil_address *address, char *buf, size_t n)
{
    char host[sizeof(struct sockaddr_un) + 1];
    int err = coil_address_host(address, host, sizeof host);
    if (err < 0)
        return err;
    if (address->storage.ss_family == AF_UNIX)
        return snprintf(buf, n, "unix:%s", host);
    const char *form = address->storage.ss_family == AF_INET6 ? "[%s]:%d" : "%s:%d";
    return snprintf(buf, n, form, host, coil_address_port(address));
}

/* ---------------------------------------------------------------- from text ---- */

static int read_port(const char *text, int *ret_port)
{
    char *end;
    errno = 0;
    long port = strtol(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || port > 65535)
        return -EINVAL;
    *ret_port = (int)port;
    return 0;
}

int coil__address_split(const char *text, struct coil__host_port *ret)
{
    const char *from = text, *colon = strrchr(text, ':'), *end = colon;
    if (!colon || read_port(colon + 1, &ret->port) < 0)
        return -EINVAL;
    if (*text == '[') {
        from = text + 1;
        end = colon - 1;
        if (end < from || *end != ']')
            return -EINVAL;
    } else if (strchr(text, ':') != colon) {
        return -EINVAL; /* an IPv6 address without its brackets */
    }
    size_t size = (size_t)(end - from);
    if (size >= sizeof ret->host)
        return -EINVAL;
    memcpy(ret->host, from, size);
    ret->host[size] = '\0';
    return 0;
}

int coil__address_fail(const char *text)
{
    return coil_fail(-EINVAL, "address %s: expected HOST:PORT, [IPv6]:PORT or unix:PATH", text);
}

static int abstract_address(const char *name, coil_address *ret_address)
{
    coil_address address;
    int err = coil__connect_unix_address(name, &address);
    if (err < 0)
        return err;
    struct sockaddr_un *un = (struct sockaddr_un *)&address.storage;
    un->sun_path[0] = '\0';
    address.size--; /* an abstract name ends with its last byte, not with a NUL */
    *ret_address = address;
    return 0;
}

int coil__address_parse_unix(const char *text, coil_address *ret_address)
{
    const char *path = text + strlen("unix:");
    return *path == '@' ? abstract_address(path, ret_address)
                        : coil__connect_unix_address(path, ret_address);
}

int coil_address_parse(const char *text, coil_address *ret_address)
{
    struct coil__host_port at;
    if (!text || !ret_address)
        return -EINVAL;
    if (coil__address_is_unix(text))
        return coil__address_parse_unix(text, ret_address);
    if (coil__address_split(text, &at) < 0)
        return coil__address_fail(text);
    char service[8];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV},
                    *answer;
    snprintf(service, sizeof service, "%d", at.port);
    int err =
        at.host[0] == '\0' ? EAI_NONAME : coil__sys_getaddrinfo(at.host, service, &hints, &answer);
    if (err == EAI_MEMORY)
        return -ENOMEM;
    if (err != 0)
        return coil_fail(-EINVAL, "address %s: %s is no numeric address", text, at.host);
    memset(ret_address, 0, sizeof *ret_address);
    ret_address->size = answer->ai_addrlen;
    memcpy(&ret_address->storage, answer->ai_addr, answer->ai_addrlen);
    freeaddrinfo(answer);
    return 0;
}

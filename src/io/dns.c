/* io/dns.c: getaddrinfo and getnameinfo: what does not block is done here, what may is a lookup (io/lookup.h). */
#include "coil/dns.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/sys.h"
#include "io/lookup.h"

struct forward {
    struct coil__lookup base;
    struct addrinfo hints;
    char port[8];
    char *host; /* behind the struct; NULL: wildcard */
};

struct reverse {
    struct coil__lookup base;
    coil_address address;
    int flags;
    char host[NI_MAXHOST], service[NI_MAXSERV];
};

/* ---------------------------------------------------------------- addresses ---- */

void coil_addresses_free(coil_addresses *addresses)
{
    coil__free(addresses);
}

static int make_addresses(const struct addrinfo *list, coil_addresses **ret_addresses)
{
    int n = 0;
    for (const struct addrinfo *a = list; a; a = a->ai_next)
        n += a->ai_addrlen <= sizeof(struct sockaddr_storage);
    coil_addresses *all = coil__calloc(1, sizeof *all + (size_t)n * sizeof *all->item);
    if (!all)
        return -ENOMEM;
    all->item = (coil_address *)(void *)(all + 1);
    for (const struct addrinfo *a = list; a; a = a->ai_next) {
        if (a->ai_addrlen > sizeof(struct sockaddr_storage))
            continue;
        all->item[all->n].size = a->ai_addrlen;
        memcpy(&all->item[all->n++].storage, a->ai_addr, a->ai_addrlen);
    }
    *ret_addresses = all;
    return 0;
}

/* What getaddrinfo and getnameinfo return, as an error code. */
static int translate(int status)
{
    switch (status) {
    case 0:
        return 0;
    case EAI_AGAIN:
        return -COIL_EDNS_AGAIN;
    case EAI_NONAME:
    case EAI_NODATA:
        return -COIL_EDNS_NONAME;
    case EAI_FAMILY:
    case EAI_ADDRFAMILY:
        return -COIL_EDNS_FAMILY;
    case EAI_MEMORY:
        return -ENOMEM;
    case EAI_SYSTEM:
        return errno ? -errno : -COIL_EDNS_FAIL;
    default:
        return -COIL_EDNS_FAIL;
    }
}

/* ---------------------------------------------------------------- names to addresses ---- */

static int look_up_host(struct coil__lookup *l)
{
    struct forward *f = COIL__CONTAINER(l, struct forward, base);
    return translate(coil__sys_getaddrinfo(f->host, f->port, &f->hints, &l->answer));
}

static int find_elsewhere(const char *host, const struct addrinfo *hints, const char *port,
                          coil_addresses **ret_addresses)
{
    size_t size = strlen(host) + 1;
    struct forward *f = coil__lookup_new(sizeof *f + size, look_up_host);
    if (!f)
        return -ENOMEM;
    f->hints = *hints;
    snprintf(f->port, sizeof f->port, "%s", port);
    f->host = memcpy(f + 1, host, size);
    int err = coil__lookup_ask(&f->base);
    if (err < 0)
        return err;
    err = make_addresses(f->base.answer, ret_addresses);
    coil__lookup_end(&f->base);
    return err;
}

int coil_getaddrinfo(const char *host, int port, int family, coil_addresses **ret_addresses)
{
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (err < 0)
        return err;
    if (!ret_addresses || port < 0 || port > 65535)
        return coil_fail(-EINVAL, "coil_getaddrinfo: port %d", port);
    struct addrinfo *answer = NULL;
    struct addrinfo hints = {.ai_family = family,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    char service[8];
    snprintf(service, sizeof service, "%d", port);
    err = coil__sys_getaddrinfo(host, service, &hints, &answer); /* numeric: it does not block */
    if (err == EAI_NONAME && host) {
        hints.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG;
        err = find_elsewhere(host, &hints, service, ret_addresses);
    } else if (err == 0) {
        err = make_addresses(answer, ret_addresses);
        freeaddrinfo(answer);
    } else {
        err = translate(err);
    }
    if (err < 0 && err != -ECANCELED)
        return coil_fail(err, "%s: %s", host ? host : "(any)", coil_error_sentence(err));
    return err;
}

/* ---------------------------------------------------------------- addresses to names ---- */

static int look_up_address(struct coil__lookup *l)
{
    struct reverse *v = COIL__CONTAINER(l, struct reverse, base);
    return translate(coil__sys_getnameinfo((const struct sockaddr *)&v->address.storage,
                                           v->address.size, v->host, sizeof v->host, v->service,
                                           sizeof v->service, v->flags));
}

/* Gives a text, all of it or an error. */
static int give(const char *text, char *buf, size_t n)
{
    size_t size = strlen(text) + 1;
    if (!buf)
        return 0;
    if (size > n)
        return coil_fail(-ENOSPC, "%s does not fit into %zu bytes", text, n);
    memcpy(buf, text, size);
    return 0;
}

int coil_getnameinfo(const coil_address *address, int flags, char *host, size_t host_size,
                     char *service, size_t service_size)
{
    const int numeric = NI_NUMERICHOST | NI_NUMERICSERV;
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (err < 0)
        return err;
    if (!address || address->size > sizeof address->storage)
        return coil_fail(-EINVAL, "coil_getnameinfo: no address");
    struct reverse *v = coil__lookup_new(sizeof *v, look_up_address);
    if (!v)
        return -ENOMEM;
    v->address = *address;
    v->flags = flags;
    bool here = (flags & numeric) == numeric; /* it does not block then */
    err = here ? look_up_address(&v->base) : coil__lookup_ask(&v->base);
    if (err < 0 && !here)
        return err;
    if (err >= 0)
        err = give(v->host, host, host_size);
    if (err >= 0)
        err = give(v->service, service, service_size);
    coil__lookup_end(&v->base);
    return err;
}

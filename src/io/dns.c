/* io/dns.c: getaddrinfo and getnameinfo in threads of their own.
 *
 * A request lives on the heap and belongs to two: the task that waits (until it has the answer or lets go) and the thread that
 * asks. The answer comes back by mail. `lock` guards request->loop: once the loop closes it is
 * NULL, and the thread, whenever getaddrinfo lets it go, frees the request by itself.
 */
#include "coil/dns.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/sys.h"

#include "base/crew.h"
#include "base/memory.h"
#include "task/task.h"

enum { THREADS = 2 };

struct request {
    struct coil__job job;
    struct coil__mail mail;
    struct coil__list link;            /* in dns->requests, for its whole life      */
    struct coil__task *waiter;         /* NULL: it let go, or was woken             */
    coil_loop *loop;                   /* by lock                                   */
    bool arrived;                      /* the mail has come                         */
    int (*look_up)(struct request *r); /* in the thread; returns as getaddrinfo   */
    int status;                        /* of it, as an error code                 */
    struct addrinfo *answer;           /* of getaddrinfo, or NULL                 */
};

struct forward {
    struct request base;
    struct addrinfo hints;
    char port[8];
    char *host; /* behind the struct; NULL: wildcard */
};

struct reverse {
    struct request base;
    coil_address address;
    int flags;
    char host[NI_MAXHOST], service[NI_MAXSERV];
};

struct dns {
    struct coil__attachment attachment;
    struct coil__crew *crew;
    struct coil__list requests;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char key;

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

/* ---------------------------------------------------------------- a request ---- */

static void release(struct request *r)
{
    if (r->answer)
        freeaddrinfo(r->answer);
    coil__free(r);
}

/* In a helper thread. */
static void ask(struct coil__job *job)
{
    struct request *r = COIL__CONTAINER(job, struct request, job);
    errno = 0;
    r->status = translate(r->look_up(r));
    if (r->status < 0)
        r->answer = NULL;
    pthread_mutex_lock(&lock);
    bool alone = r->loop == NULL;
    if (!alone)
        coil__loop_mail(r->loop, &r->mail);
    pthread_mutex_unlock(&lock);
    if (alone)
        release(r);
}

/* The mail has come. A waiter that was cancelled has let go already. */
static void arrive(struct coil__ready *node)
{
    struct request *r = COIL__CONTAINER(node, struct request, mail.ready);
    r->arrived = true;
    if (r->waiter) {
        coil__unpark(r->waiter);
    } else {
        coil__list_remove(&r->link);
        release(r);
    }
}

/* ---------------------------------------------------------------- the loop's part ---- */

/* Mail that came and was not read goes with the loop: taken out of its queues before it is freed. */
static void drop_mail(coil_loop *loop)
{
    for (struct coil__mpsc_node *n = coil__mpsc_take(&loop->inbox), *next; n; n = next) {
        next = n->next;
        coil__loop_push(loop, &COIL__CONTAINER(n, struct coil__mail, node)->ready);
    }
    struct coil__ready *all = loop->next_head;
    loop->next_head = NULL;
    loop->next_tail = &loop->next_head;
    for (struct coil__ready *next; all; all = next) {
        next = all->next;
        if (all->run == arrive)
            release(COIL__CONTAINER(all, struct request, mail.ready));
        else
            coil__loop_push(loop, all);
    }
}

static void close_dns(struct coil__attachment *a, coil_loop *loop)
{
    struct dns *dns = COIL__CONTAINER(a, struct dns, attachment);
    COIL__LIST_FOREACH (node, &dns->requests) {
        struct request *r = COIL__CONTAINER(node, struct request, link);
        coil__list_remove(&r->link);
        if (r->arrived || coil__crew_cancel(dns->crew, &r->job)) {
            release(r);
            continue;
        }
        pthread_mutex_lock(&lock);
        r->loop = NULL;
        pthread_mutex_unlock(&lock);
    }
    coil__crew_abandon(dns->crew);
    drop_mail(loop);
    coil__free(dns);
}

static int dns_of(coil_loop *loop, struct dns **ret_dns)
{
    struct coil__attachment *a = coil__loop_attachment(loop, &key);
    if (a) {
        *ret_dns = COIL__CONTAINER(a, struct dns, attachment);
        return 0;
    }
    struct dns *dns = coil__calloc(1, sizeof *dns);
    if (!dns)
        return -ENOMEM;
    int err = coil__crew_new("coil-dns", THREADS, &dns->crew);
    if (err < 0) {
        coil__free(dns);
        return err;
    }
    coil__list_init(&dns->requests);
    dns->attachment.close = close_dns;
    coil__loop_attach(loop, &dns->attachment, &key);
    *ret_dns = dns;
    return 0;
}

/* ---------------------------------------------------------------- the call ---- */

static const struct coil__wait_kind dns_kind = {"getaddrinfo", coil__park_cancel, NULL,
                                                COIL__RESTS_NOT};

/* A request of `size` bytes, of which the struct request is the first part. */
static void *new_request(size_t size, int (*look_up)(struct request *r))
{
    struct request *r = coil__calloc(1, size);
    if (!r)
        return NULL;
    r->job.run = ask;
    r->mail.ready.run = arrive;
    r->loop = coil__here.loop;
    r->waiter = coil__current();
    r->look_up = look_up;
    return r;
}

static void end_request(struct request *r)
{
    coil__list_remove(&r->link);
    release(r);
}

/* Asks in a thread. On success the request is the caller's, to be ended by end_request; else it is gone, or soon will be. */
static int ask_elsewhere(struct request *r)
{
    struct dns *dns;
    int err = dns_of(coil__here.loop, &dns);
    if (err < 0) {
        release(r);
        return err;
    }
    coil__list_append(&dns->requests, &r->link);
    err = coil__crew_submit(dns->crew, &r->job);
    if (err < 0) {
        end_request(r);
        return err;
    }
    bool answered;
    err = coil__park(NULL, &dns_kind, &answered);
    r->waiter = NULL;
    if (!answered) {
        if (!r->arrived && coil__crew_cancel(dns->crew, &r->job))
            end_request(r);
        return err;
    }
    if (err >= 0)
        err = r->status;
    if (err < 0)
        end_request(r);
    return err;
}

/* ---------------------------------------------------------------- names to addresses ---- */

static int look_up_host(struct request *r)
{
    struct forward *f = COIL__CONTAINER(r, struct forward, base);
    return coil__sys_getaddrinfo(f->host, f->port, &f->hints, &r->answer);
}

static int find_elsewhere(const char *host, const struct addrinfo *hints, const char *port,
                          coil_addresses **ret_addresses)
{
    size_t size = strlen(host) + 1;
    struct forward *f = new_request(sizeof *f + size, look_up_host);
    if (!f)
        return -ENOMEM;
    f->hints = *hints;
    snprintf(f->port, sizeof f->port, "%s", port);
    f->host = memcpy(f + 1, host, size);
    int err = ask_elsewhere(&f->base);
    if (err < 0)
        return err;
    err = make_addresses(f->base.answer, ret_addresses);
    end_request(&f->base);
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

static int look_up_address(struct request *r)
{
    struct reverse *v = COIL__CONTAINER(r, struct reverse, base);
    return coil__sys_getnameinfo((const struct sockaddr *)&v->address.storage, v->address.size,
                                 v->host, sizeof v->host, v->service, sizeof v->service, v->flags);
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
    struct reverse *v = new_request(sizeof *v, look_up_address);
    if (!v)
        return -ENOMEM;
    v->address = *address;
    v->flags = flags;
    bool here = (flags & numeric) == numeric; /* it does not block then */
    err = here ? translate(look_up_address(&v->base)) : ask_elsewhere(&v->base);
    if (err < 0) {
        if (here)
            release(&v->base);
        return err;
    }
    err = give(v->host, host, host_size);
    if (err >= 0)
        err = give(v->service, service, service_size);
    if (!here)
        coil__list_remove(&v->base.link);
    release(&v->base);
    return err;
}

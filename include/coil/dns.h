/* coil/dns.h: names to addresses and back, without stopping the loop.
 *
 * getaddrinfo blocks for as long as it likes, so it runs in two threads of its own, away from file work. A cancelled
 * or timed-out wait returns at once: the request is let go and ends by itself.
 */
#ifndef COIL_DNS_H
#define COIL_DNS_H

#include <sys/socket.h>

#include "coil/call.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct coil_address {
    socklen_t size;
    struct sockaddr_storage storage;
} coil_address;

/* The addresses of a name, in the order in which to try them. */
typedef struct coil_addresses {
    int n;
    coil_address *item;
} coil_addresses;

/* Finds the addresses of a host for stream sockets. host: a name or a numeric address, which needs no look-up; NULL: the wildcard
 * addresses, to listen on. port: 0..65535. family: AF_UNSPEC, AF_INET, AF_INET6. Give the result back with coil_addresses_free.
 * Returns 0, -COIL_EDNS_NONAME, _AGAIN, _FAIL, _FAMILY, -EINVAL, -ENOMEM.
 * From: coroutine. Suspends: yes, unless the host is numeric. Cancel: at once; the look-up is let go. */
COIL_DECLARE(coil_getaddrinfo, (const char *, host), (int, port), (int, family),
             (coil_addresses *, ret_addresses, out));
/* Gives addresses back; NULL is fine. From: any thread. Suspends: no. Cancel: not applicable. */
void coil_addresses_free(coil_addresses *addresses);

/* Finds the name of an address. flags: NI_* of netdb.h; with NI_NUMERICHOST | NI_NUMERICSERV nothing is looked up. host and
 * service: room for so many bytes, valid until the call has ended (NI_MAXHOST and NI_MAXSERV are always enough), or NULL. An
 * address that has no name is given in numbers, unless NI_NAMEREQD. Returns 0, -COIL_EDNS_NONAME, _AGAIN, _FAIL, _FAMILY,
 * -ENOSPC, -EINVAL, -ENOMEM. From: coroutine. Suspends: yes, unless all is numeric. Cancel: at once; the look-up is let go. */
COIL_DECLARE(coil_getnameinfo, (const coil_address *, address), (int, flags), (char *, host),
             (size_t, host_size), (char *, service), (size_t, service_size));
/* Reads an address from text, as coil_address_format writes it: "127.0.0.1:80", "[::1]:80", "unix:/path", "unix:@abstract". Names
 * need coil_getaddrinfo. Returns 0, -EINVAL for anything else, -ENAMETOOLONG, -ENOMEM.
 * From: any thread. Suspends: no. Cancel: not applicable. */
int coil_address_parse(const char *text, coil_address *ret_address);
/* Writes an address as text: "127.0.0.1:80", "[::1]:80", "[fe80::1%2]:80" (2: the interface), "unix:/path". buf: room for n bytes, always terminated when n > 0.
 * Returns the length of the text, as snprintf. From: any thread. Suspends: no. Cancel: not applicable. */
int coil_address_format(const coil_address *address, char *buf, size_t n);
/* Gives the host alone of an address, "127.0.0.1". Returns as coil_address_format.
 * From: any thread. Suspends: no. Cancel: not applicable. */
int coil_address_host(const coil_address *address, char *buf, size_t n);
/* Gives the port of an address, 0 when it has none. From: any thread. Suspends: no. Cancel: not applicable. */
int coil_address_port(const coil_address *address);

#ifdef __cplusplus
}
#endif
#endif

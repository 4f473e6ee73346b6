/* coil/datagram.h: datagrams: UDP over IPv4 and IPv6, and Unix datagram sockets.
 *
 * An endpoint is asyncio's create_datagram_endpoint without the protocol class: one task receives, any number send. Addresses
 * are written as text, "HOST:PORT", "[IPv6]:PORT", ":PORT" (every interface) or "unix:PATH", and handed around as
 * coil_address (coil/dns.h has coil_address_parse and coil_address_format).
 *
 * An endpoint with a remote address is connected: it hears only that peer, and learns from ECONNREFUSED that nobody listens there.
 * Such an error belongs to an earlier datagram; it comes out of the next receive or send, once, and the endpoint
 * goes on (asyncio calls error_received with it).
 *
 * The handle is opaque and checked. Unless a contract says otherwise a call returns -EINVAL for NULL, -COIL_ESTALE for
 * an endpoint that was closed, -COIL_EWRONGTHREAD, -COIL_ENOLOOP, -COIL_ENOTASK.
 */
#ifndef COIL_DATAGRAM_H
#define COIL_DATAGRAM_H

#include <stddef.h>

#include "coil/call.h"
#include "coil/dns.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct coil_datagram coil_datagram;

/* Zero everywhere is the default. */
typedef struct coil_datagram_options {
    int family;          /* AF_INET, AF_INET6 or AF_UNIX; 0: the addresses decide           */
    int reuse_port;      /* 1: SO_REUSEPORT, several endpoints (and loops) on one port      */
    int allow_broadcast; /* 1: SO_BROADCAST, datagrams to broadcast addresses               */
    int receive_buffer;  /* SO_RCVBUF in bytes; 0: the system's                             */
    int send_buffer;     /* SO_SNDBUF in bytes; 0: the system's                             */
} coil_datagram_options;

/* Opens an endpoint. local: where it receives; NULL: any free port (a Unix endpoint then has no name, and can't be answered).
 * remote: the peer it is connected to; NULL: none. Both NULL needs options->family. A Unix socket that is left over at
 * local is replaced, and removed by the close. Every address of a host is tried in turn. Returns 0 and *ret_datagram, the error
 * of bind or connect with a message that names the address, -EINVAL, the errors of coil_getaddrinfo.
 * From: coroutine. Suspends: yes, unless the hosts are numeric. Cancel: an endpoint that was opened is
 * delivered, else nothing is left open. */
COIL_DECLARE(coil_datagram_open, (const char *, local), (const char *, remote),
             (const coil_datagram_options *, options), (coil_datagram *, ret_datagram, out));

/* Receives one datagram. buf: room for n bytes. ret_from (NULL, or valid until the call has ended): the sender, of size 0 when it
 * has no address. ret_lost (may be NULL): how many bytes of the datagram did not fit and are gone. Returns the number of
 * bytes in buf, which may be 0. -EMSGSIZE when bytes were lost and ret_lost is NULL; -COIL_ECONCURRENT when another
 * task receives; -ECONNREFUSED and its like for an earlier datagram; -EBADF when the endpoint is closed meanwhile.
 * From: coroutine. Suspends: yes, unless one is there. Cancel: a datagram that was taken is delivered. */
COIL_DECLARE(coil_datagram_recvfrom, (coil_datagram *, datagram), (void *, buf), (size_t, n),
             (coil_address *, ret_from), (size_t, ret_lost, out));
/* Receives one datagram whose sender is known. Returns as coil_datagram_recvfrom without ret_lost.
 * From: coroutine. Suspends: yes, unless one is there. Cancel: a datagram that was taken is delivered. */
COIL_DECLARE(coil_datagram_recv, (coil_datagram *, datagram), (void *, buf), (size_t, n));

/* Sends one datagram of n bytes. to: valid until the call has ended; NULL, or its peer, for a connected endpoint. Returns n. -EMSGSIZE
 * when it is too large to be sent; -EDESTADDRREQ without a `to` that is needed, -EISCONN with one that is not the peer;
 * -ECONNREFUSED and its like for an earlier datagram: this one was not sent then.
 * From: coroutine. Suspends: yes, unless there is room. Cancel: a datagram that was sent is reported. */
COIL_DECLARE(coil_datagram_sendto, (coil_datagram *, datagram), (const void *, buf), (size_t, n),
             (const coil_address *, to));
/* Sends one datagram to the peer of a connected endpoint. Returns as coil_datagram_sendto.
 * From: coroutine. Suspends: yes, unless there is room. Cancel: a datagram that was sent is reported. */
COIL_DECLARE(coil_datagram_send, (coil_datagram *, datagram), (const void *, buf), (size_t, n));

/* Closes: takes the handle back; a receive or send that waits gets -EBADF. Returns 0 or close's error (it is closed all the same).
 * From: coroutine. Suspends: yes. Cancel: is delivered later: the endpoint is closed first. */
COIL_DECLARE(coil_datagram_close, (coil_datagram *, datagram));

/* Gives the address of this end. Returns 0 or getsockname's error.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_datagram_sockname(coil_datagram *datagram, coil_address *ret_address);
/* Gives the peer's address. Returns 0, -ENOTCONN. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_datagram_peername(coil_datagram *datagram, coil_address *ret_address);
/* Gives the fd, which stays the endpoint's: for setsockopt, to join a multicast group.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_datagram_fd(coil_datagram *datagram);

#ifdef __cplusplus
}
#endif
#endif

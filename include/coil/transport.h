/* coil/transport.h: what is under a stream.
 *
 * A stream of coil_open_connection stands on a socket, by a path of its own. Whoever has something else below (TLS,
 * compression, a pair of memory buffers in a test) fills a struct coil_transport_ops and opens a stream on it; all of
 * coil/streams.h then works the same.
 *
 * The functions are called by the stream alone: at most one recv and one send at a time, each in a coroutine, and
 * they may suspend. close is called once, last, when no send is running, unless it aborts; a recv (aborted: or a send) that is
 * suspended must return then, with 0 or an error, before close returns or soon after. A loop that shuts down cancels a close that
 * has suspended.
 */
#ifndef COIL_TRANSPORT_H
#define COIL_TRANSPORT_H

#include <stddef.h>

#include "coil/streams.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct coil_transport coil_transport;

typedef struct coil_transport_ops {
    /* Receives 1..n bytes; returns how many, 0 at the end, or an error. A cancelled call must not lose bytes. */
    int (*recv)(coil_transport *t, void *buf, size_t n);
    /* Sends 1..n bytes; returns how many, or an error. */
    int (*send)(coil_transport *t, const void *buf, size_t n);
    /* Ends the sending direction. Returns 0 or an error. NULL: it can't. */
    int (*shutdown)(coil_transport *t);
    /* Closes and frees the transport. aborted: at once, without any farewell and
     * without suspending, maybe outside of a coroutine. Returns 0 or an error. */
    int (*close)(coil_transport *t, int aborted);
    /* The fd below, or -1. NULL: there is none. */
    int (*fd)(coil_transport *t);
    /* Sends what goes without waiting, of n bytes, while no send is running, maybe outside of a coroutine. Returns how many bytes it
     * took, 0 when it would have to wait, or an error. NULL: every write goes through a buffer and send. */
    int (*send_now)(coil_transport *t, const void *buf, size_t n);
} coil_transport_ops;

/* Every transport begins with this. */
struct coil_transport {
    const coil_transport_ops *ops;
};

/* Opens a stream on a transport, which then belongs to the stream. Returns 0 and *ret_stream, -EINVAL,
 * -COIL_ENOLOOP, -ENOMEM (the transport is the caller's still).
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_stream_open(coil_transport *transport, coil_stream **ret_stream);

/* Puts a transport under a stream that is open, as start_tls does: the handle, its server, its limits stay; what was below it (the
 * connection, with bytes that came and were not read, and bytes that wait to be sent) becomes a stream of its own, *ret_below, for
 * the transport to use and to close. Returns 0; -COIL_ECONCURRENT while a task reads from the stream or sends directly,
 * -COIL_EINVALIDSTATE when it is closing or after write_eof, -EINVAL, -ENOMEM (nothing has changed then).
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_stream_interpose(coil_stream *stream, coil_transport *transport, coil_stream **ret_below);
/* Gives the transport under a stream. Returns 0 and *ret_transport, -ENOENT when there is none.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_stream_transport(coil_stream *stream, coil_transport **ret_transport);

#ifdef __cplusplus
}
#endif
#endif

/* coil/server.h: a listening socket, and one task per connection.
 *
 * A server accepts from the moment it is started (or later, see `idle`). Each connection runs the handler in a task of its own; when the handler
 * returns, its stream is closed, unless the handler closed it or took it away by coil_stream_detach. An error of
 * one handler is reported ("Unhandled exception in client_connected_cb") and leaves the others alone.
 *
 * The handle is opaque and checked. Unless a contract says otherwise a call returns -EINVAL for NULL, -COIL_ESTALE,
 * -COIL_EWRONGTHREAD, -COIL_ENOLOOP.
 */
#ifndef COIL_SERVER_H
#define COIL_SERVER_H

#include "coil/streams.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct coil_server coil_server;

/* What serves one connection, in a task. Negative: an error, which is reported. */
typedef int (*coil_client_handler)(coil_stream *stream, void *arg);

/* Zero everywhere is the default. */
typedef struct coil_server_options {
    int backlog;    /* of listen(); 0: 100                                  */
    size_t limit;   /* of readline and readuntil, in bytes; 0: 64 KiB       */
    int reuse_port; /* 1: SO_REUSEPORT, for several servers on one port     */
    int family;     /* AF_INET or AF_INET6: only such addresses; 0: both    */
    int idle; /* 1: it has its addresses, but does not listen before coil_server_start_serving (or serve_forever) */
    /* Called in each connection's task before the handler, such as for a TLS handshake; NULL: nothing. Negative: the
     * connection is closed, without a report and without the handler. prepare_arg must stay valid as the handler's arg. */
    int (*prepare)(coil_stream *stream, void *prepare_arg);
    void *prepare_arg;
} coil_server_options;

/* Listens on all addresses of host (NULL: on every interface) and serves. port: 0: any free one (coil_server_port).
 * options may be NULL. Returns 0 and *ret_server, the error of bind or listen (its message names host and port), the errors of
 * coil_getaddrinfo. From: coroutine. Suspends: yes, unless the host is numeric. Cancel: nothing is left open. */
COIL_DECLARE(coil_start_server, (const char *, host), (int, port), (coil_client_handler, handler),
             (void *, arg), (const coil_server_options *, options),
             (coil_server *, ret_server, out));
/* The same on a stream socket that is bound, or listens: one that was inherited or received. It belongs to the server from here on,
 * unless this fails. Returns 0 and *ret_server, -EINVAL when it is no stream socket, -EBADF, listen's error.
 * From: coroutine. Suspends: no. Cancel: not applicable. */
COIL_DECLARE(coil_start_server_on, (int, fd), (coil_client_handler, handler), (void *, arg),
             (const coil_server_options *, options), (coil_server *, ret_server, out));
/* The same on a Unix socket. A socket that is left over at this path is replaced, and the path removed at the close.
 * From: coroutine. Suspends: no. Cancel: not applicable. */
COIL_DECLARE(coil_start_unix_server, (const char *, path), (coil_client_handler, handler),
             (void *, arg), (const coil_server_options *, options),
             (coil_server *, ret_server, out));

/* Gives the port of the first listening socket, 0 for a Unix server or one that is closed.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_server_port(coil_server *server);
/* Gives the address of listening socket `index`. Returns 0, -ENOENT when there is none.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_server_sockname(coil_server *server, int index, coil_address *ret_address);
/* Gives the fd of listening socket `index`, which stays the server's. Returns it, or -ENOENT when there is none.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_server_fd(coil_server *server, int index);
/* Begins to listen, if it does not yet. Returns 0, -COIL_EINVALIDSTATE when it is closed, listen's error (then it can be tried again).
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_server_start_serving(coil_server *server);
/* Tells whether it accepts: 1 or 0. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_server_is_serving(coil_server *server);

/* Stops listening; connections go on. Ends a serve_forever with -ECANCELED. The second time does nothing. Returns 0.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_server_close(coil_server *server);
/* Waits until the server is closed and its last connection too. Returns 0.
 * From: coroutine. Suspends: yes. Cancel: the server is left alone. */
COIL_DECLARE(coil_server_wait_closed, (coil_server *, server));
/* Starts serving, if need be, and suspends until it is cancelled or the server is closed; then closes the server and waits for its connections.
 * Returns -ECANCELED, as asyncio; -COIL_EINVALIDSTATE when it is closed or another task is in serve_forever; errors as coil_server_start_serving.
 * From: coroutine. Suspends: yes. Cancel: closes the server. */
COIL_DECLARE(coil_server_serve_forever, (coil_server *, server));
/* Closes all connections as coil_stream_close does; their handlers read the end. Returns 0.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_server_close_clients(coil_server *server);
/* Aborts all connections. Returns 0. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_server_abort_clients(coil_server *server);
/* Closes the server, if it is not, and gives the handle back; connections go on. NULL is fine.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
void coil_server_free(coil_server *server);

#ifdef __cplusplus
}
#endif
#endif

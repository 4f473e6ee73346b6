/* io/server.h: the server from inside: its listening sockets, its connections, and who waits for its end.
 *
 * A server lives in the room's slab while its user has the handle (`owned`), a listening socket is open, a connection is, or a task is inside
 * one of its calls.
 */
#ifndef COIL_IO_SERVER_H
#define COIL_IO_SERVER_H

#include <stdint.h>
#include <sys/types.h>

#include "coil/server.h"
#include "io/stream.h"
#include "loop/context.h"

struct coil__server;

/* One listening socket. Accepting is an operation and its callback: there is no task for it. */
struct coil__listener {
    struct coil__op op; /* ACCEPT, then CLOSE comes by `close` */
    struct coil__op close;
    struct coil__timer pause; /* armed: accepting rests, for lack of fds or memory */
    struct coil__server *server;
    int fd; /* -1 once closing */
    int family;
    bool armed;   /* op is in flight */
    bool gone;    /* the fd is closed */
    bool told;    /* the lack of fds was reported; until an accept succeeds */
    bool refused; /* closing */
};

struct coil__server {
    struct coil__slab_head head;
    struct coil__streams *room;
    struct coil__listener *listeners;
    int n_listeners, n_open;     /* listening sockets not closed */
    coil_client_handler prepare; /* goes before the handler, or NULL */
    void *prepare_arg;
    coil_client_handler handler;
    void *arg;
    coil_context
        *context; /* a copy of the one it was started in, for its handlers' tasks; or NULL */
    char *path;   /* of a Unix socket, to be removed while it is this file */
    dev_t path_dev;
    ino_t path_ino;
    uint32_t limit;
    int backlog;
    uint32_t connections; /* open streams */
    uint32_t users;       /* tasks inside a call */
    bool owned, closing;
    bool given;                 /* its socket was made by somebody else, who may have it still */
    bool serving;               /* it listens and accepts, or did */
    struct coil__list closers;  /* tasks in wait_closed */
    struct coil__task *forever; /* the task in serve_forever */
};

/* What a connection's task does with it. */
struct coil__client {
    coil_stream *stream; /* filled in by coil__server_serve */
    coil_client_handler prepare;
    void *prepare_arg;
    coil_client_handler handler;
    void *arg;
};
/* Starts the task that serves a stream and closes it. Returns 0, or an error: the stream is closed then. */
int coil__server_serve(struct coil__stream *s, const struct coil__client *client);

/* Makes a server on sockets that listen, which then belong to it; the array is copied. Returns 0 or -ENOMEM. */
int coil__server_new(coil_loop *loop, const int *fds, int n, struct coil__server **ret_server);
/* Begins to listen and to accept on all of them, if that was not done yet. Returns 0 or listen's error. */
int coil__server_start(struct coil__server *server);
/* The second half, when they listen already. */
void coil__server_accept(struct coil__server *server);
/* How long accepting rests when fds or memory run out: a second. Tests that make that happen often have less patience. */
extern int64_t coil__accept_rest_ns;
void coil__server_close(struct coil__server *server);
void coil__server_free_if_over(struct coil__server *server);

#endif

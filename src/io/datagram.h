/* io/datagram.h: the endpoint from inside.
 *
 * One struct coil__datagram per endpoint, in a slab that hangs on the loop. It lives until its user closed it and no task is
 * inside one of its calls (`users`): the close ends those, with -EBADF, before it returns.
 */
#ifndef COIL_IO_DATAGRAM_H
#define COIL_IO_DATAGRAM_H

#include "coil/datagram.h"
#include "task/task.h"

struct coil__datagrams;

struct coil__datagram {
    struct coil__slab_head head;
    struct coil__datagrams *room;
    char *path;        /* of a bound Unix socket, which goes with the endpoint; or NULL */
    uint64_t dev, ino; /* of that socket: another's at the same path stays              */
    int fd;            /* -1 once it is closed                                          */
    uint32_t users;    /* tasks inside a call                                           */
    uint32_t senders;  /* of these: waiting for room, so that later ones don't overtake */
    uint32_t tries;    /* receives, to look directly once in a while                    */
    uint16_t family;
    bool connected;
    bool closed;    /* the handle was taken back                                       */
    bool receiving; /* a task waits for a datagram                                     */
    bool likely;    /* the last direct receive got one: there is probably another      */
};

/* All endpoints of a loop. */
struct coil__datagrams {
    struct coil__attachment attachment;
    coil_loop *loop;
    struct coil__slab all;
    uint32_t streak; /* operations in a row that did not suspend */
};

/* The new endpoint of a socket, which it owns from here on. NULL when out of memory: the socket is the caller's. */
struct coil__datagram *coil__datagram_new(coil_loop *loop, int fd, int family);
/* Checks a handle: 0 and *ret, or the error. */
int coil__datagram_find(coil_datagram *handle, struct coil__datagram **ret);
/* The same at the beginning of a call that may suspend. Each success is paired with coil__datagram_leave, which may free it. */
int coil__datagram_enter(coil_datagram *handle, struct coil__datagram **ret);
int coil__datagram_leave(struct coil__datagram *d, int status);

#endif

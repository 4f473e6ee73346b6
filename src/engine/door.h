/* engine/door.h: what another thread needs to wake a ring, for as long as it needs it.
 *
 * A message to a ring names it by its fd, and lies in the sender's ring until the sender's next system call. Meanwhile the ring may be
 * closed, and its fd number be given to something else, which would get the message. So the number is kept: each message on its
 * way holds a reference to the door, and the last one to let go closes the fds. A closed ring's number then stands for an eventfd,
 * which takes no messages.
 */
#ifndef COIL_ENGINE_DOOR_H
#define COIL_ENGINE_DOOR_H

#include <errno.h>
#include <liburing.h>
#include <stdatomic.h>

#include "base/memory.h"
#include "base/sys.h"

struct coil__door {
    atomic_uint refs; /* the ring's own, and one for each message on its way */
    int ring_fd, wake_fd;
};

static inline struct coil__door *coil__door_ref(struct coil__door *d)
{
    atomic_fetch_add(&d->refs, 1);
    return d;
}

static inline void coil__door_unref(struct coil__door *d)
{
    if (atomic_fetch_sub(&d->refs, 1) != 1)
        return;
    if (d->ring_fd >= 0)
        coil__sys_close(d->ring_fd);
    coil__sys_close(d->wake_fd);
    coil__free(d);
}

/* The ring's owner leaves; nobody can take new references. Closes what the owner holds, and ends the ring now. */
static inline void coil__door_close(struct coil__door *d, struct io_uring *ring)
{
    if (atomic_load(&d->refs) == 1) {
        d->ring_fd = -1; /* it is liburing's to close */
        io_uring_queue_exit(ring);
    } else {
        ring->ring_fd = -1;
        io_uring_queue_exit(ring);
        while (coil__sys_dup3(d->wake_fd, d->ring_fd, O_CLOEXEC) < 0 && errno == EINTR)
            continue;
    }
    coil__door_unref(d);
}

/* The way that always works. Any thread, async-signal-safe. */
static inline void coil__door_ring(struct coil__door *d)
{
    while (coil__sys_eventfd_write(d->wake_fd, 1) < 0 && errno == EINTR)
        continue;
}

#endif

/* io/datagram.c: the room of a loop's endpoints, their handles, and how an endpoint ends. */
#include "io/datagram.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/sys.h"
#include "coil/fd.h"

static const char key;

/* ---------------------------------------------------------------- the room ---- */

/* The path goes with the socket, unless somebody put another there meanwhile. */
static void remove_path(struct coil__datagram *d)
{
    struct stat st;
    if (d->path && coil__sys_stat(d->path, &st) == 0 && st.st_dev == d->dev && st.st_ino == d->ino)
        coil__sys_unlink(d->path);
    coil__free(d->path);
    d->path = NULL;
}

static void release(struct coil__datagram *d)
{
    remove_path(d);
    if (d->fd >= 0)
        coil__sys_close(d->fd);
    coil__slab_put(&d->room->all, d);
}

static void close_room(struct coil__attachment *a, coil_loop *loop)
{
    struct coil__datagrams *room = COIL__CONTAINER(a, struct coil__datagrams, attachment);
    (void)loop;
    for (uint32_t i = 0; i < coil__slab_slots(&room->all); i++) {
        struct coil__datagram *d = coil__slab_at(&room->all, i);
        if (d)
            release(d);
    }
    coil__slab_done(&room->all);
    coil__free(room);
}

static struct coil__datagrams *room_of(coil_loop *loop, bool make)
{
    struct coil__attachment *a = coil__loop_attachment(loop, &key);
    if (a)
        return COIL__CONTAINER(a, struct coil__datagrams, attachment);
    struct coil__datagrams *room = make ? coil__calloc(1, sizeof *room) : NULL;
    if (!room)
        return NULL;
    room->loop = loop;
    room->attachment.close = close_room;
    coil__slab_init(&room->all, sizeof(struct coil__datagram), coil__loop_generation_seed(loop));
    coil__loop_attach(loop, &room->attachment, &key);
    return room;
}

struct coil__datagram *coil__datagram_new(coil_loop *loop, int fd, int family)
{
    struct coil__datagrams *room = room_of(loop, true);
    struct coil__datagram *d = room ? coil__slab_get(&room->all) : NULL;
    if (!d)
        return NULL;
    memset((char *)d + sizeof d->head, 0, sizeof *d - sizeof d->head);
    d->room = room;
    d->fd = fd;
    d->family = (uint16_t)family;
    return d;
}

/* ---------------------------------------------------------------- handles ---- */

int coil__datagram_find(coil_datagram *handle, struct coil__datagram **ret)
{
    coil_loop *loop;
    int err = coil__handle_loop(handle, &loop);
    if (err < 0)
        return err;
    struct coil__datagrams *room = room_of(loop, false);
    struct coil__datagram *d = room ? coil__handle_find(&room->all, handle) : NULL;
    if (!d || d->closed)
        return -COIL_ESTALE;
    *ret = d;
    return 0;
}

int coil__datagram_enter(coil_datagram *handle, struct coil__datagram **ret)
{
    enum { STREAK = 128 };
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (err >= 0)
        err = coil__datagram_find(handle, ret);
    if (err < 0)
        return err;
    struct coil__datagram *d = *ret;
    d->users++;
    if (++d->room->streak < STREAK)
        return 0;
    d->room->streak = 0; /* others shall get their turn */
    err = coil__yield();
    if (err >= 0 && d->closed)
        err = -COIL_ESTALE;
    return err < 0 ? coil__datagram_leave(d, err) : 0;
}

int coil__datagram_leave(struct coil__datagram *d, int status)
{
    if (--d->users == 0 && d->closed && d->fd < 0)
        release(d);
    return status;
}

/* ---------------------------------------------------------------- the end ---- */

int coil_datagram_close(coil_datagram *handle)
{
    struct coil__task *self;
    struct coil__datagram *d;
    int err = coil__current_or_error(&self);
    if (err >= 0)
        err = coil__datagram_find(handle, &d);
    if (err < 0)
        return err;
    d->closed = true;
    d->users++;
    remove_path(d);
    err = coil_close(d->fd);
    d->fd = -1;
    return coil__datagram_leave(d, err);
}

/* ---------------------------------------------------------------- who is there ---- */

typedef int get_name(int fd, struct sockaddr *address, socklen_t *size);

static int name_of(coil_datagram *handle, get_name *get, coil_address *ret_address)
{
    struct coil__datagram *d;
    coil_address address = {.size = sizeof address.storage};
    int err = coil__datagram_find(handle, &d);
    if (err < 0 || !ret_address)
        return err < 0 ? err : -EINVAL;
    if (get(d->fd, (struct sockaddr *)&address.storage, &address.size) < 0)
        return -errno;
    *ret_address = address;
    return 0;
}

int coil_datagram_sockname(coil_datagram *handle, coil_address *ret_address)
{
    return name_of(handle, coil__sys_getsockname, ret_address);
}

int coil_datagram_peername(coil_datagram *handle, coil_address *ret_address)
{
    return name_of(handle, coil__sys_getpeername, ret_address);
}

int coil_datagram_fd(coil_datagram *handle)
{
    struct coil__datagram *d;
    int err = coil__datagram_find(handle, &d);
    return err < 0 ? err : d->fd;
}

/* io/watch.c: inotify: events are fetched by the block and given one by one.
 *
 * One struct coil__watch per watch, in a slab that hangs on the loop. It lives until its user closed it and no task is in one of its
 * calls (`users`). While `reading`, the kernel owns the block. To close an inotify instance takes the kernel 20 ms, in which it waits
 * for whoever may still look at one; so a helper thread does it, and only what the loop's end finds open is closed in its own.
 */
#include "coil/watch.h"

#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "base/sys.h"
#include "io/fd.h"

enum { BLOCK = 4096 }; /* at least one event with the longest name */

struct watches {
    struct coil__attachment attachment;
    struct coil__slab all;
    uint32_t streak; /* events in a row that did not suspend */
};

struct coil__watch {
    struct coil__slab_head head;
    struct watches *room;
    int fd; /* -1 as soon as a close takes the handle back */
    uint32_t users;
    bool reading;
    uint32_t at, size; /* of what was fetched */
    char *block;       /* aligned for events  */
};

static const char key;

/* ---------------------------------------------------------------- the room ---- */

static void release(struct coil__watch *w)
{
    if (w->fd >= 0)
        coil__sys_close(w->fd);
    coil__free(w->block);
    coil__slab_put(&w->room->all, w);
}

static void close_room(struct coil__attachment *a, coil_loop *loop)
{
    struct watches *room = COIL__CONTAINER(a, struct watches, attachment);
    (void)loop;
    for (uint32_t i = 0; i < coil__slab_slots(&room->all); i++) {
        struct coil__watch *w = coil__slab_at(&room->all, i);
        if (w)
            release(w);
    }
    coil__slab_done(&room->all);
    coil__free(room);
}

static struct watches *room_of(coil_loop *loop, bool make)
{
    struct coil__attachment *a = coil__loop_attachment(loop, &key);
    if (a)
        return COIL__CONTAINER(a, struct watches, attachment);
    struct watches *room = make ? coil__calloc(1, sizeof *room) : NULL;
    if (!room)
        return NULL;
    room->attachment.close = close_room;
    coil__slab_init(&room->all, sizeof(struct coil__watch), coil__loop_generation_seed(loop));
    coil__loop_attach(loop, &room->attachment, &key);
    return room;
}

static int find(coil_watch *handle, struct coil__watch **ret)
{
    coil_loop *loop;
    int err = coil__handle_loop(handle, &loop);
    if (err < 0)
        return err;
    struct watches *room = room_of(loop, false);
    struct coil__watch *w = room ? coil__handle_find(&room->all, handle) : NULL;
    if (!w || w->fd < 0)
        return -COIL_ESTALE;
    *ret = w;
    return 0;
}

static int leave(struct coil__watch *w, int status)
{
    if (--w->users == 0 && w->fd < 0)
        release(w);
    return status;
}

/* ---------------------------------------------------------------- opening, adding, removing ---- */

int coil_watch_open(coil_watch **ret_watch)
{
    coil_loop *loop = coil__here.loop;
    if (!loop || !ret_watch)
        return loop ? -EINVAL : -COIL_ENOLOOP;
    struct watches *room = room_of(loop, true);
    char *block = room ? coil__malloc(BLOCK) : NULL;
    if (!block)
        return -ENOMEM;
    int err, fd = coil__sys_inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0) {
        err = -errno;
        goto free_block;
    }
    struct coil__watch *w = coil__slab_get(&room->all);
    if (!w) {
        err = -ENOMEM;
        goto close_fd;
    }
    memset((char *)w + sizeof w->head, 0, sizeof *w - sizeof w->head);
    w->room = room;
    w->fd = fd;
    w->block = block;
    *ret_watch = coil__handle_make(loop, &w->head);
    return 0;

close_fd:
    coil__sys_close(fd);
free_block:
    coil__free(block);
    return err;
}

int coil_watch_add(coil_watch *handle, const char *path, unsigned events)
{
    struct coil__watch *w;
    int err = find(handle, &w);
    if (err < 0 || !path)
        return err < 0 ? err : -EINVAL;
    int number = coil__sys_inotify_add_watch(w->fd, path, events);
    if (number >= 0)
        return number;
    err = -errno;
    return coil_fail(err, "watch %s: %s", path, coil_error_sentence(err));
}

int coil_watch_remove(coil_watch *handle, int path)
{
    struct coil__watch *w;
    int err = find(handle, &w);
    if (err < 0)
        return err;
    return coil__sys_inotify_rm_watch(w->fd, path) < 0 ? -errno : 0;
}

/* ---------------------------------------------------------------- events ---- */

static int fetch(struct coil__watch *w)
{
    struct coil__op op = {.code = COIL__OP_READ,
                          .flags = COIL__OPF_OWNED,
                          .fd = w->fd,
                          .buf = w->block,
                          .len = BLOCK,
                          .offset = -1};
    w->reading = true;
    w->room->streak = 0;
    int n = coil__op_await(&op);
    w->reading = false;
    w->at = 0;
    w->size = n > 0 ? (uint32_t)n : 0;
    return n < 0 ? n : n == 0 ? -EBADF : 0;
}

/* Others shall get their turn, also when events never end. */
static int take_turns(struct coil__watch *w)
{
    enum { STREAK = 128 };
    if (++w->room->streak < STREAK)
        return 0;
    w->room->streak = 0;
    int err = coil__yield();
    if (err >= 0 && w->fd < 0)
        err = -EBADF;
    return err < 0 || !w->reading ? err : -COIL_ECONCURRENT;
}

static int next_event(struct coil__watch *w, coil_watch_event *event)
{
    int err = w->reading ? -COIL_ECONCURRENT : take_turns(w);
    if (err >= 0 && w->at == w->size)
        err = fetch(w);
    if (err < 0)
        return err;
    const struct inotify_event *e = (const void *)(w->block + w->at);
    w->at += (uint32_t)(sizeof *e + e->len);
    *event = (coil_watch_event){
        .path = e->wd, .events = e->mask, .cookie = e->cookie, .name = e->len > 0 ? e->name : NULL};
    return 0;
}

int coil_watch_next(coil_watch *handle, coil_watch_event *event)
{
    struct coil__task *self;
    struct coil__watch *w;
    int err = coil__current_or_error(&self);
    if (err >= 0)
        err = event ? find(handle, &w) : -EINVAL;
    if (err < 0)
        return err;
    w->users++;
    return leave(w, next_event(w, event));
}

int coil_watch_close(coil_watch *handle)
{
    struct coil__task *self;
    struct coil__watch *w;
    int err = coil__current_or_error(&self);
    if (err >= 0)
        err = find(handle, &w);
    if (err < 0)
        return err;
    int fd = w->fd;
    w->fd = -1; /* also for a loop that ends meanwhile: the operation closes it */
    w->users++;
    return leave(w, coil__fd_end(fd, COIL__OPF_LONG));
}

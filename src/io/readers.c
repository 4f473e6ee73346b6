/* io/readers.c: add_reader and add_writer: callbacks on readiness, without coroutines.
 *
 * A watch is a poll operation that is armed again after each callback, which makes it level-triggered. It is found by its fd in
 * a small hash of lists that hangs on the loop. A watch that was removed while its operation is in flight is freed when
 * the operation has ended; its callback is not called any more.
 *
 * When both directions of an fd become ready in one turn the reader goes first, as in asyncio, in whatever order the backend tells it.
 * If the writer was queued already, the two exchange their places: the node of each then runs the other.
 */
#include <errno.h>
#include <poll.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/sys.h"
#include "coil/fd.h"
#include "loop/callbacks.h"
#include "loop/loop.h"

enum { BUCKETS = 256 };

struct watch {
    struct coil__op op;
    struct coil__ready ready; /* a callback's turn, after the poll that saw readiness */
    struct watch *runs; /* whose callback `ready` calls: its own, or that of the other direction */
    struct coil__list link; /* in a bucket, while it is not removed */
    struct watches *all;
    coil_loop *loop;
    coil_callback fn;
    void *arg;
    coil_context *context; /* a copy of the one it was added in; or NULL */
    int fd;
    uint32_t events;
    bool removed, in_flight;
    bool queued; /* `ready` is in the FIFO */
    bool due;    /* some node will call its callback, or does */
};

struct watches {
    struct coil__attachment attachment;
    struct coil__list buckets[BUCKETS];
};

static const char key;

static struct watch *find(struct watches *all, int fd, uint32_t events)
{
    COIL__LIST_FOREACH (node, &all->buckets[(unsigned)fd % BUCKETS]) {
        struct watch *w = COIL__CONTAINER(node, struct watch, link);
        if (w->fd == fd && w->events == events)
            return w;
    }
    return NULL;
}

static void release(struct watch *w)
{
    if (!w->removed || w->queued || w->in_flight || w->due)
        return;
    coil_context_unref(w->context);
    coil__free(w);
}

static void arm(struct watch *w)
{
    w->op.code = COIL__OP_POLL;
    w->op.fd = w->fd;
    w->op.events = w->events;
    w->in_flight = true;
    coil__loop_submit(w->loop, &w->op);
}

static void run_watch(struct coil__ready *node)
{
    struct watch *holder = COIL__CONTAINER(node, struct watch, ready);
    struct watch *w = holder->runs;
    if (!w->removed) {
        coil_context *before = coil__context_enter(coil_context_ref(w->context));
        int err =
            w->fn(w->arg); /* may remove both: `due` and `queued` keep them until we are back */
        if (err < 0)
            coil__callback_failed(w->loop, err, NULL);
        coil__context_leave(before);
        if (!w->removed)
            arm(w);
    }
    holder->queued = w->due = false;
    release(w);
    if (holder != w)
        release(holder);
}

/* Who goes first in this turn's order; nobody runs between the two polls' ends, so a queued one is of this very turn. */
static void queue(struct watch *w)
{
    struct watch *writer = w->events == POLLIN ? find(w->all, w->fd, POLLOUT) : NULL;
    w->queued = w->due = true;
    w->runs = w;
    if (writer && writer->queued && writer->runs == writer) {
        writer->runs = w;
        w->runs = writer;
    }
    coil__loop_push(w->loop, &w->ready);
}

/* An error other than our own cancel means that the fd is bad: the callback is called, so that its read tells. */
static void poll_done(struct coil__op *op)
{
    struct watch *w = COIL__CONTAINER(op, struct watch, op);
    w->in_flight = false;
    if (!w->removed && op->result != -ECANCELED && op->result != -EBADF)
        queue(w);
    release(w);
}

static void remove_watch(struct watch *w)
{
    coil__list_remove(&w->link);
    w->removed = true;
    if (w->in_flight)
        coil__loop_cancel(w->loop, &w->op);
    release(w);
}

/* The loop waits for all operations before it closes: those of readers nobody removed must be asked to end. */
static void stop_watches(struct coil__attachment *a, coil_loop *loop)
{
    struct watches *all = COIL__CONTAINER(a, struct watches, attachment);
    for (int i = 0; i < BUCKETS; i++) {
        COIL__LIST_FOREACH (node, &all->buckets[i]) {
            struct watch *w = COIL__CONTAINER(node, struct watch, link);
            if (w->queued && coil__loop_take_back(loop, &w->ready)) {
                w->queued = w->runs->due = false;
                if (w->runs != w)
                    release(w->runs);
            }
            remove_watch(w);
        }
    }
}

static void close_watches(struct coil__attachment *a, coil_loop *loop)
{
    (void)loop;
    coil__free(COIL__CONTAINER(a, struct watches, attachment));
}

static struct watches *watches_of(coil_loop *loop, bool make)
{
    struct coil__attachment *a = coil__loop_attachment(loop, &key);
    if (a)
        return COIL__CONTAINER(a, struct watches, attachment);
    struct watches *all = make ? coil__calloc(1, sizeof *all) : NULL;
    if (!all)
        return NULL;
    for (int i = 0; i < BUCKETS; i++)
        coil__list_init(&all->buckets[i]);
    all->attachment.stop = stop_watches;
    all->attachment.close = close_watches;
    coil__loop_attach(loop, &all->attachment, &key);
    return all;
}

/* What the backend would only say later is asked here, so that the caller hears it: a bad fd, a regular file. */
static int pollable(int fd)
{
    struct pollfd p = {.fd = fd};
    if (fd < 0 || (coil__sys_poll(&p, 1, 0) >= 0 && (p.revents & POLLNVAL)))
        return -EBADF;
    struct stat st;
    if (coil__sys_fstat(fd, &st) < 0)
        return -errno;
    return S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) ? -EPERM : 0;
}

static int add(int fd, uint32_t events, coil_callback fn, void *arg)
{
    coil_loop *loop = coil__here.loop;
    if (!loop)
        return -COIL_ENOLOOP;
    if (!fn)
        return -EINVAL;
    int err = pollable(fd);
    if (err < 0)
        return err;
    struct watches *all = watches_of(loop, true);
    struct watch *w = all ? coil__calloc(1, sizeof *w) : NULL;
    if (!w)
        return -ENOMEM;
    coil_context *context;
    err = coil__context_inherit(&context);
    if (err < 0) {
        coil__free(w);
        return err;
    }
    struct watch *before = find(all, fd, events);
    if (before)
        remove_watch(before);
    *w = (struct watch){.loop = loop, .all = all, .fn = fn, .arg = arg, .fd = fd, .events = events};
    w->context = context;
    w->op.done = poll_done;
    w->ready.run = run_watch;
    coil__list_append(&all->buckets[(unsigned)fd % BUCKETS], &w->link);
    arm(w);
    return 0;
}

static int take_away(int fd, uint32_t events)
{
    coil_loop *loop = coil__here.loop;
    if (!loop)
        return -COIL_ENOLOOP;
    struct watches *all = fd >= 0 ? watches_of(loop, false) : NULL;
    struct watch *w = all ? find(all, fd, events) : NULL;
    if (!w)
        return 0;
    remove_watch(w);
    return 1;
}

int coil_add_reader(int fd, coil_callback fn, void *arg)
{
    return add(fd, POLLIN, fn, arg);
}

int coil_add_writer(int fd, coil_callback fn, void *arg)
{
    return add(fd, POLLOUT, fn, arg);
}

int coil_remove_reader(int fd)
{
    return take_away(fd, POLLIN);
}

int coil_remove_writer(int fd)
{
    return take_away(fd, POLLOUT);
}

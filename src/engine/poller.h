/* engine/poller.h: what the backends on a kernel's poller have in common: what they know of fds, their helper threads, and the way out.
 *
 * The way out: what poll finds complete it tells at once, while it goes on collecting; what is complete before, or because a done()
 * submitted or cancelled it, lies in `finished` until the next poll. So done() is never called but by poll, and never inside of another.
 */
#ifndef COIL_ENGINE_POLLER_H
#define COIL_ENGINE_POLLER_H

#include "engine/fdtable.h"
#include "engine/helpers.h"

struct coil__poller {
    struct coil__backend base;
    bool telling; /* inside poll, and not inside a done(): what is complete is told, not queued */
    int told;     /* by this poll */
    struct coil__list finished;
    struct coil__fd_table fds;
    struct coil__helpers helpers;
};

enum { COIL__IN_HELPER = 8 }; /* a bit of op->priv; the others are each poller's own */

static inline void coil__poller_init(struct coil__poller *p, const struct coil__backend_ops *ops)
{
    p->base.ops = ops;
    coil__list_init(&p->finished);
    coil__helpers_init(&p->helpers, &p->base);
}

static inline void coil__poller_tell(struct coil__poller *p, struct coil__op *op)
{
    op->priv = 0;
    op->state = COIL__OP_IDLE;
    p->base.in_flight--;
    p->told++;
    p->telling = false;
    op->done(op);
    p->telling = true;
}

/* Nothing is known of the operation afterwards: it may be gone. */
static inline void coil__poller_finish(struct coil__poller *p, struct coil__op *op, int result)
{
    op->result = result;
    if (p->telling) {
        coil__poller_tell(p, op);
        return;
    }
    op->priv = 0;
    op->state = COIL__OP_ARMED;
    coil__list_append(&p->finished, &op->link);
}

static inline void coil__poller_tell_finished(struct coil__poller *p)
{
    struct coil__list now, *node; /* what done() finishes is for the next poll */
    coil__list_init(&now);
    coil__list_splice(&now, &p->finished);
    while ((node = coil__list_pop(&now)))
        coil__poller_tell(p, COIL__CONTAINER(node, struct coil__op, link));
}

/* Begins poll's telling, with what was complete before it. */
static inline void coil__poller_begin_telling(struct coil__poller *p)
{
    p->told = 0;
    if (!coil__list_empty(&p->finished))
        coil__poller_tell_finished(p);
    p->telling = true;
}

/* Returns how many were told. */
static inline int coil__poller_end_telling(struct coil__poller *p)
{
    p->telling = false;
    return p->told;
}

/* Closes the fd of op, which nothing is armed on. Without COIL__IN_HELPER a helper's close can't be cancelled. */
static inline void coil__poller_close_fd(struct coil__poller *p, struct coil__op *op)
{
    op->state = COIL__OP_ARMED;
    if (!(op->flags & COIL__OPF_LONG) || coil__helpers_submit(&p->helpers, op) < 0)
        coil__poller_finish(p, op, coil__fd_close(op->fd));
}

/* The entry of an operation's fd, or NULL: then its fate is sealed. That is a close of an fd that nothing was ever armed on (which takes
 * no memory), an operation on an fd that is being closed, or on one that can't be. */
static inline struct coil__fd_entry *coil__poller_admit(struct coil__poller *p, struct coil__op *op)
{
    bool close = op->code == COIL__OP_CLOSE;
    struct coil__fd_entry *e =
        close ? coil__fd_known(&p->fds, op->fd) : coil__fd_entry(&p->fds, op->fd);
    if (e && !e->closing)
        return e;
    if (!e && close && op->fd >= 0)
        coil__poller_close_fd(p, op);
    else
        coil__poller_finish(p, op, op->fd < 0 || e ? -EBADF : -ENOMEM);
    return NULL;
}

/* Nothing is armed on the fd any more: closes it for op. The number may be another fd's as soon as it is closed, before op is told. */
static inline void coil__poller_close(struct coil__poller *p, struct coil__fd_entry *e,
                                      struct coil__op *op)
{
    e->generation++;
    e->closing = NULL;
    coil__poller_close_fd(p, op);
}

/* e: the operation's fd, or NULL. */
static inline void coil__poller_to_helper(struct coil__poller *p, struct coil__fd_entry *e,
                                          struct coil__op *op)
{
    op->priv |= COIL__IN_HELPER;
    op->state = COIL__OP_ARMED;
    int err = coil__helpers_submit(&p->helpers, op);
    if (err < 0)
        coil__poller_finish(p, op, err);
    else if (e)
        e->helpers++;
}

#endif

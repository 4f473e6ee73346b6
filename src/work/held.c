/* work/held.c: jobs in another process that their loop waits for itself, without a thread.
 *
 * The loop polls the worker's socket; or the job is in the worker's slot, at which the loop looks in each turn, and only when it is about
 * to sleep it asks to be woken, and reads from the worker's bell. Neither takes anything from the world (what the bell says is only that
 * somebody should look), so any thread may take the job away at any time (under the executor's lock, which guards the list) and give it
 * to a thread of the crew, which goes on where the loop was; the operation then finds that it is gone. A job that takes long is given away,
 * too: only a thread waits for the worker's death, which a child that holds the dead worker's socket hides. See docs/decisions/0007 and 0010.
 *
 * The operation in flight holds a reference of its job, which is the loop's thread's to give back; a job with a slot keeps its worker's
 * bell open, so that no read is ever of somebody else's fd.
 */
#include "work/held.h"

#include <poll.h>

#include "work/slot.h"

/* By then a thread's wake-up is a small part of the job. */
#define LONG_NS (10 * (int64_t)1000000)

/* True when the job was still the loop's, which alone has it from now on. */
static bool claim(struct coil__work *w)
{
    struct coil__executor *x = w->executor;
    pthread_mutex_lock(&x->lock);
    bool mine = coil__list_linked(&w->held->link);
    coil__list_remove(&w->held->link);
    pthread_mutex_unlock(&x->lock);
    return mine;
}

static void over(struct coil__work *w)
{
    struct coil__executor *x = w->executor;
    coil__held_stop(w);
    if (x->hear(x, w))
        coil__executor_ended(x, w);
    else
        coil__executor_take_over(x, w);
}

/* From the backend's poll: there is something to hear, or an end. */
static void told(struct coil__op *op)
{
    struct coil__work *w = op->owner;
    if (claim(w))
        over(w);
    coil__work_unref(w);
}

static void give_away(struct coil__work *w)
{
    coil__held_stop(w);
    if (claim(w))
        coil__executor_take_over(w->executor, w);
}

static void rung(struct coil__op *op);

/* A read of the bell may be in flight from the last time. A bell has one listener: of two one would take the other's ring, and on epoll
 * wait for the next. Another loop may still be listening, on behalf of the worker's job before: then a thread waits for this one. */
static void listen_for_bell(struct coil__held *h)
{
    if (h->poll.state != COIL__OP_IDLE)
        return;
    if (atomic_exchange(h->listened, true)) {
        give_away(h->work);
        return;
    }
    h->poll = (struct coil__op){.done = rung,
                                .owner = h->work,
                                .code = COIL__OP_READ,
                                .flags = COIL__OPF_BELL,
                                .fd = h->fd,
                                .buf = &h->rung,
                                .len = sizeof h->rung,
                                .offset = -1};
    h->work->refs++;
    coil__loop_submit(h->work->loop, &h->poll);
}

/* The slot may be a thread's by now, or another worker's: then a look finds out nothing, and a ring too many does no harm. */
static void look(struct coil__look *l, bool sleeps)
{
    struct coil__held *h = COIL__CONTAINER(l, struct coil__held, look);
    if (sleeps && coil__slot_ask(h->slot, COIL__SLOT_RING))
        listen_for_bell(h);
    else if (coil__slot_is_over(h->slot) && claim(h->work))
        over(h->work);
}

static void takes_long(struct coil__timer *t)
{
    give_away(COIL__CONTAINER(t, struct coil__held, limit)->work);
}

/* From the backend's poll: somebody should look, which the loop does anyway before it sleeps. It may be an old ring. */
static void rung(struct coil__op *op)
{
    struct coil__work *w = op->owner;
    struct coil__held *h = w->held;
    atomic_store(h->listened, false);
    if (op->result < 0)
        give_away(w);
    else if (w->loop->hosted && coil__list_linked(&h->look.link))
        look(&h->look, true);
    coil__work_unref(w);
}

void coil__held_stop(struct coil__work *w)
{
    struct coil__held *h = w->held;
    if (!h)
        return;
    coil__list_remove(&h->look.link);
    coil__loop_cancel(w->loop, &h->poll);
    if (coil__timer_armed(&h->limit))
        coil__timer_disarm(w->loop, &h->limit);
}

void coil__held_watch(struct coil__work *w)
{
    struct coil__held *h = w->held;
    h->limit.fire = takes_long;
    if (coil__timer_arm(w->loop, &h->limit, coil__loop_now(w->loop) + LONG_NS) < 0) {
        give_away(w);
        return;
    }
    if (h->slot) {
        h->look.look = look;
        coil__list_append(&w->loop->looks, &h->look.link);
        if (w->loop->hosted)
            look(&h->look, true);
        return;
    }
    h->poll = (struct coil__op){.done = told,
                                .owner = w,
                                .code = COIL__OP_POLL,
                                .flags = COIL__OPF_TRIED,
                                .fd = h->fd,
                                .events = POLLIN};
    w->refs++;
    coil__loop_submit(w->loop, &h->poll);
}

void coil__held_release(struct coil__executor *x, struct coil__work *w)
{
    if (!w->held || !coil__list_linked(&w->held->link))
        return;
    coil__list_remove(&w->held->link);
    coil__executor_take_over_locked(x, w);
}

void coil__held_release_all(struct coil__executor *x)
{
    COIL__LIST_FOREACH (node, &x->held)
        coil__held_release(x, COIL__CONTAINER(node, struct coil__held, link)->work);
}

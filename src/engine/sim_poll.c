/* engine/sim_poll.c: the simulation's way out: completions arrive, are held back for as long as chance wants, and are told. */
#include <errno.h>

#include "engine/dice.h"
#include "engine/sim.h"

enum { MAX_STEPS = 8, MAX_LATE_US = 400 };

/* ---------------------------------------------------------------- holding ---- */

static int64_t virtual_now(const struct coil__sim *b) /* 0: the clock is a real one */
{
    return b->clock && b->clock->is_virtual ? b->clock->virtual_ns : 0;
}

void coil__sim_arrive(struct coil__op *inner)
{
    struct coil__sim_op *s = COIL__CONTAINER(inner, struct coil__sim_op, inner);
    struct coil__sim *b = inner->owner;
    struct coil__list *before = &b->arrived;
    while (before->prev != &b->arrived && coil__sim_at(before->prev)->number > s->number &&
           coil__sim_at(before->prev)->inner.code != COIL__OP_CLOSE)
        before = before->prev;
    coil__list_append(before, &s->link);
    b->n_kept++;
    if (s->shift == b->shift)
        b->working--;
}

/* Before a close is told, all that was asked of its fd is. */
static void hurry(struct coil__sim *b, const struct coil__sim_op *close)
{
    COIL__LIST_FOREACH (node, &b->held) {
        struct coil__sim_op *s = coil__sim_at(node);
        if (s->inner.fd == close->inner.fd && s->number < close->number) {
            s->polls = 0;
            s->release_ns = 0;
        }
    }
}

/* Takes a completion in, at a random place near the end of those that are held, and not before a close. */
static void hold(struct coil__sim *b, struct coil__sim_op *s)
{
    struct coil__list *before = &b->held;
    if (s->inner.code == COIL__OP_CLOSE) {
        hurry(b, s);
        s->polls = 0;
        s->delay_ns = 0;
    } else {
        for (unsigned n = coil__dice_roll(&s->dice, MAX_STEPS); n > 0 && before->prev != &b->held;
             n--) {
            if (coil__sim_at(before->prev)->inner.code == COIL__OP_CLOSE)
                break;
            before = before->prev;
        }
    }
    int64_t now = virtual_now(b);
    s->release_ns = now && s->delay_ns ? now + s->delay_ns : 0;
    coil__list_append(before, &s->link);
}

/* One poll goes by for those that are held. Moves to `ripe` what is to be told; notes when the next one wants to be. */
static void ripen(struct coil__sim *b, struct coil__list *ripe)
{
    int64_t now = virtual_now(b);
    b->due_ns = COIL__NEVER;
    COIL__LIST_FOREACH (node, &b->held) {
        struct coil__sim_op *s = coil__sim_at(node);
        if (s->release_ns > now && s->patience > 0) {
            s->patience--;
            if (s->release_ns < b->due_ns)
                b->due_ns = s->release_ns;
        } else if (s->polls > 0) {
            s->polls--;
        } else {
            coil__list_remove(node);
            coil__list_append(ripe, node);
        }
    }
}

static void deliver(struct coil__sim *b, struct coil__sim_op *s)
{
    struct coil__op *op = s->outer;
    op->result = s->inner.result;
    op->state = COIL__OP_IDLE;
    op->priv = 0;
    coil__list_prepend(&b->spare, &s->link);
    b->n_kept--;
    coil__sim_count(b);
    op->done(op);
}

/* ---------------------------------------------------------------- polling ---- */

/* How long a poll waits for a helper thread, which a busy machine may keep waiting. */
enum { SHIFT_NS = 200000000 };

/* One inner poll. Returns how many operations without a copy it told, or its error. */
static int look(struct coil__sim *b, int64_t timeout_ns)
{
    uint32_t before = b->n_kept;
    int n = b->inner->ops->poll(b->inner, timeout_ns);
    coil__sim_count(b);
    return n < 0 ? n : n - (int)(b->n_kept - before);
}

/* Waits for the helper threads; what takes longer (a FIFO that nobody opens) is not waited for again. */
static int await_work(struct coil__sim *b)
{
    int told = 0;
    int64_t end = coil__clock_monotonic() + SHIFT_NS;
    while (b->working > 0) {
        int64_t left = end - coil__clock_monotonic();
        int n = look(b, left > 0 ? left : 0);
        if (n < 0 && n != -EINTR)
            return n;
        told += n > 0 ? n : 0;
        if (left <= 0) {
            b->working = 0;
            b->shift++;
        }
    }
    return told;
}

void coil__sim_hand_over(struct coil__sim *b, struct coil__sim_op *s)
{
    coil__list_remove(&s->link);
    b->n_kept--;
    b->working++;
    s->waits = false;
    s->shift = b->shift;
    b->inner->ops->submit(b->inner, &s->inner);
    coil__sim_count(b);
}

/* Helper threads do one thing after the other, so that chance has no part in what they do to one file. */
static int do_work(struct coil__sim *b)
{
    int told = b->working > 0 ? await_work(b) : 0;
    while (told >= 0 && !coil__list_empty(&b->work)) {
        coil__sim_hand_over(b, coil__sim_at(b->work.next));
        int n = await_work(b);
        told = n < 0 ? n : told + n;
    }
    return told;
}

int coil__sim_poll(struct coil__backend *base, int64_t timeout_ns)
{
    struct coil__sim *b = coil__sim_of(base);
    struct coil__list ripe, *node;
    coil__list_init(&ripe);
    bool looked = b->working > 0 || !coil__list_empty(&b->work);
    int told = looked ? do_work(b) : 0;
    do {
        int n = told < 0 ? told : look(b, looked || b->n_kept ? 0 : timeout_ns);
        if (n < 0 && b->n_kept == 0)
            return n;
        looked = true;
        told = n > 0 ? told + n : told;
        while ((node = coil__list_pop(&b->arrived)))
            hold(b, coil__sim_at(node));
        ripen(b, &ripe);
    } while (timeout_ns != 0 && told == 0 && b->due_ns == COIL__NEVER && coil__list_empty(&ripe) &&
             b->n_kept > 0);
    if (told < 0)
        told = 0;
    while ((node = coil__list_pop(&ripe))) {
        deliver(b, coil__sim_at(node));
        told++;
    }
    return told;
}

int64_t coil__sim_wake_time(struct coil__backend *base, int64_t next_ns)
{
    struct coil__sim *b = coil__sim_of(base);
    if (b->due_ns < next_ns)
        return b->due_ns;
    if (next_ns == COIL__NEVER)
        return next_ns;
    uint64_t dice = coil__dice_scramble(b->seed ^ coil__dice_scramble((uint64_t)next_ns));
    return coil__dice_roll(&dice, 4)
               ? next_ns
               : next_ns + (int64_t)coil__dice_roll(&dice, MAX_LATE_US) * 1000;
}

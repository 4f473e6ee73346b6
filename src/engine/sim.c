/* engine/sim.c: a backend for tests: epoll's, and a seed that decides what the world does as a kernel may and seldom does.
 *
 * Each accepted operation gets a copy that epoll carries out. The seed cuts its length (short I/O), and when the copy is
 * complete holds the completion back: for a few polls, with a virtual clock also for a while of it, and puts it among the
 * others at a random place. So results come late, out of order and in odd portions, and cancellations meet operations
 * that are complete and have not said so. On a virtual clock timers are late, too.
 *
 * What chance decides about an operation is drawn when it is submitted, and what arrives together is taken in the order of submission.
 * Helper threads do one thing at a time to files, and are waited for. So with the virtual clock, files, pipes and Unix sockets a seed
 * gives the same run again, and so it does with TCP as long as the kernel delivers at once over the loopback device; threads of the
 * program's own and other processes keep their own time.
 *
 * Invariants: an operation is in `work`, in the inner backend, in `arrived` or in `held`, once. A poll never sleeps while something is held,
 * nor after an inner poll that may have taken a wake-up away. A held completion comes out after a bounded number of polls. No
 * completion overtakes a close, because the number of what is closed may be in it. When there is no memory for a copy the operation
 * itself goes to epoll: nothing about it is random then.
 */
#include <errno.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/sys.h"
#include "engine/backend.h"
#include "engine/caps.h"
#include "engine/dice.h"

struct sim_op {
    struct coil__op inner; /* what epoll carries out; its owner is the backend    */
    struct coil__op *outer;
    struct coil__list link; /* in work, arrived, held or spare                     */
    uint64_t number;        /* in the order of submission                          */
    uint64_t dice;          /* what chance decides about it                        */
    int64_t delay_ns;       /* virtual clock: how long it is held                  */
    int64_t release_ns;     /* virtual clock: not told before this; 0: no matter   */
    unsigned polls;         /* not told before this many polls have gone by        */
    unsigned patience;      /* polls that may end before release_ns is disregarded */
    bool is_work;           /* for a helper thread, and a file's: not a call        */
    bool waits;             /* in work: the inner backend has not seen it          */
    unsigned shift;         /* the shift that it is done in                        */
};

struct sim_backend {
    struct coil__backend base;
    struct coil__backend *inner;
    const struct coil__clock *clock;
    struct coil__list work;    /* for helper threads at the next poll, one after the other */
    struct coil__list arrived; /* complete since the last look, in order of submission */
    struct coil__list held;    /* complete and not told                                */
    struct coil__list spare;   /* blocks for the next operations                       */
    uint32_t n_kept;           /* in work, arrived and held                            */
    unsigned working;          /* operations of this shift that helper threads are at  */
    unsigned shift;            /* ends when its work did not come in time              */
    int64_t due_ns;            /* when the first of those that wait for time is due; COIL__NEVER */
    uint64_t seed, submitted, random;
};

enum {
    COPIED =
        0x80 /* priv of an operation that has a copy: link.prev is the copy's link. Epoll has no such bit */
};
enum { MAX_POLLS = 6, MAX_PATIENCE = 64, MAX_STEPS = 8, MAX_WAIT_US = 1000, MAX_LATE_US = 400 };

static struct sim_backend *of(struct coil__backend *b)
{
    return (struct sim_backend *)(void *)b;
}

static struct sim_op *copy_of(const struct coil__op *op)
{
    return COIL__CONTAINER(op->link.prev, struct sim_op, link);
}

static struct sim_op *at(struct coil__list *node)
{
    return COIL__CONTAINER(node, struct sim_op, link);
}

static int64_t virtual_now(const struct sim_backend *b) /* 0: the clock is a real one */
{
    return b->clock && b->clock->is_virtual ? b->clock->virtual_ns : 0;
}

/* ---------------------------------------------------------------- chance ---- */

static uint64_t draw(struct sim_backend *b)
{
    return coil__dice_scramble(b->random++);
}

static void cut(struct sim_op *s)
{
    switch (s->inner.code) {
    case COIL__OP_RECV:
    case COIL__OP_SEND:
    case COIL__OP_READ:
    case COIL__OP_WRITE:
    case COIL__OP_READV: /* a length of these is a number of pieces */
    case COIL__OP_WRITEV:
        s->inner.len = coil__dice_part(&s->dice, s->inner.fd, s->inner.len);
        return;
    default:
        return;
    }
}

/* Whether a helper thread does it, which keeps time of its own. A call is begun at once, for it may wait for another. */
static bool is_work(const struct coil__op *op)
{
    struct stat st;
    if (op->code < COIL__OP_READ || op->code == COIL__OP_CLOSE || op->code == COIL__OP_CALL)
        return false;
    return op->code >= COIL__OP_FALLOCATE ||
           (coil__sys_fstat(op->fd, &st) == 0 && S_ISREG(st.st_mode));
}

static void cast(struct sim_backend *b, struct sim_op *s)
{
    s->dice = draw(b);
    s->polls = coil__dice_roll(&s->dice, 2) ? 0 : 1 + coil__dice_roll(&s->dice, MAX_POLLS);
    s->patience = MAX_PATIENCE;
    s->delay_ns = coil__dice_roll(&s->dice, 4)
                      ? 0
                      : 1 + (int64_t)coil__dice_roll(&s->dice, MAX_WAIT_US) * 1000;
    cut(s);
}

/* What may be tried without an operation: see backend.h. */
static uint32_t portion(struct coil__backend *base, int fd, uint32_t len)
{
    uint64_t dice = draw(of(base));
    return coil__dice_roll(&dice, 3) == 0 ? 0 : coil__dice_part(&dice, fd, len);
}

/* ---------------------------------------------------------------- holding ---- */

static void count(struct sim_backend *b)
{
    b->base.in_flight = b->inner->in_flight + b->n_kept;
}

/* The inner operation is complete. Those that come together are sorted: events and threads are the kernel's to order. */
static void arrive(struct coil__op *inner)
{
    struct sim_op *s = COIL__CONTAINER(inner, struct sim_op, inner);
    struct sim_backend *b = inner->owner;
    struct coil__list *before = &b->arrived;
    while (before->prev != &b->arrived && at(before->prev)->number > s->number &&
           at(before->prev)->inner.code != COIL__OP_CLOSE)
        before = before->prev;
    coil__list_append(before, &s->link);
    b->n_kept++;
    if (s->shift == b->shift)
        b->working--;
}

/* Before a close is told, all that was asked of its fd is. */
static void hurry(struct sim_backend *b, const struct sim_op *close)
{
    COIL__LIST_FOREACH (node, &b->held) {
        struct sim_op *s = at(node);
        if (s->inner.fd == close->inner.fd && s->number < close->number) {
            s->polls = 0;
            s->release_ns = 0;
        }
    }
}

/* Takes a completion in, at a random place near the end of those that are held, and not before a close. */
static void hold(struct sim_backend *b, struct sim_op *s)
{
    struct coil__list *before = &b->held;
    if (s->inner.code == COIL__OP_CLOSE) {
        hurry(b, s);
        s->polls = 0;
        s->delay_ns = 0;
    } else {
        for (unsigned n = coil__dice_roll(&s->dice, MAX_STEPS); n > 0 && before->prev != &b->held;
             n--) {
            if (at(before->prev)->inner.code == COIL__OP_CLOSE)
                break;
            before = before->prev;
        }
    }
    int64_t now = virtual_now(b);
    s->release_ns = now && s->delay_ns ? now + s->delay_ns : 0;
    coil__list_append(before, &s->link);
}

/* One poll goes by for those that are held. Moves to `ripe` what is to be told; notes when the next one wants to be. */
static void ripen(struct sim_backend *b, struct coil__list *ripe)
{
    int64_t now = virtual_now(b);
    b->due_ns = COIL__NEVER;
    COIL__LIST_FOREACH (node, &b->held) {
        struct sim_op *s = at(node);
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

static void deliver(struct sim_backend *b, struct sim_op *s)
{
    struct coil__op *op = s->outer;
    op->result = s->inner.result;
    op->state = COIL__OP_IDLE;
    op->priv = 0;
    coil__list_prepend(&b->spare, &s->link);
    b->n_kept--;
    count(b);
    op->done(op);
}

/* ---------------------------------------------------------------- polling ---- */

/* How long a poll waits for a helper thread, which a busy machine may keep waiting. */
enum { SHIFT_NS = 200000000 };

/* One inner poll. Returns how many operations without a copy it told, or its error. */
static int look(struct sim_backend *b, int64_t timeout_ns)
{
    uint32_t before = b->n_kept;
    int n = b->inner->ops->poll(b->inner, timeout_ns);
    count(b);
    return n < 0 ? n : n - (int)(b->n_kept - before);
}

/* Waits for the helper threads; what takes longer (a FIFO that nobody opens) is not waited for again. */
static int await_work(struct sim_backend *b)
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

static void hand_over(struct sim_backend *b, struct sim_op *s)
{
    coil__list_remove(&s->link);
    b->n_kept--;
    b->working++;
    s->waits = false;
    s->shift = b->shift;
    b->inner->ops->submit(b->inner, &s->inner);
    count(b);
}

/* Helper threads do one thing after the other, so that chance has no part in what they do to one file. */
static int do_work(struct sim_backend *b)
{
    int told = b->working > 0 ? await_work(b) : 0;
    while (told >= 0 && !coil__list_empty(&b->work)) {
        hand_over(b, at(b->work.next));
        int n = await_work(b);
        told = n < 0 ? n : told + n;
    }
    return told;
}

static int poll_backend(struct coil__backend *base, int64_t timeout_ns)
{
    struct sim_backend *b = of(base);
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
            hold(b, at(node));
        ripen(b, &ripe);
    } while (timeout_ns != 0 && told == 0 && b->due_ns == COIL__NEVER && coil__list_empty(&ripe) &&
             b->n_kept > 0);
    if (told < 0)
        told = 0;
    while ((node = coil__list_pop(&ripe))) {
        deliver(b, at(node));
        told++;
    }
    return told;
}

static int64_t wake_time(struct coil__backend *base, int64_t next_ns)
{
    struct sim_backend *b = of(base);
    if (b->due_ns < next_ns)
        return b->due_ns;
    if (next_ns == COIL__NEVER)
        return next_ns;
    uint64_t dice = coil__dice_scramble(b->seed ^ coil__dice_scramble((uint64_t)next_ns));
    return coil__dice_roll(&dice, 4)
               ? next_ns
               : next_ns + (int64_t)coil__dice_roll(&dice, MAX_LATE_US) * 1000;
}

/* ---------------------------------------------------------------- the contract ---- */

static struct sim_op *take_block(struct sim_backend *b)
{
    struct coil__list *node = coil__list_pop(&b->spare);
    return node ? at(node) : coil__malloc(sizeof(struct sim_op));
}

/* What waits for a helper thread is begun before its fd is closed. */
static void begin_work_on(struct sim_backend *b, int fd)
{
    COIL__LIST_FOREACH (node, &b->work)
        if (at(node)->inner.fd == fd)
            hand_over(b, at(node));
}

static void submit(struct coil__backend *base, struct coil__op *op)
{
    struct sim_backend *b = of(base);
    struct sim_op *s = take_block(b);
    if (op->code == COIL__OP_CLOSE)
        begin_work_on(b, op->fd);
    if (!s) {
        b->inner->ops->submit(b->inner, op);
        count(b);
        return;
    }
    *s = (struct sim_op){.inner = *op, .outer = op, .number = b->submitted++};
    s->inner.done = arrive;
    s->inner.owner = b;
    s->inner.state = COIL__OP_IDLE;
    s->is_work = s->waits = is_work(op);
    cast(b, s);
    op->priv = COPIED;
    op->state = COIL__OP_ARMED;
    op->link = (struct coil__list){NULL, &s->link};
    if (s->waits) {
        coil__list_append(&b->work, &s->link);
        b->n_kept++;
    } else {
        if (op->code == COIL__OP_CALL) {
            s->shift = b->shift;
            b->working++;
        }
        b->inner->ops->submit(b->inner, &s->inner);
    }
    count(b);
}

/* What a helper thread has begun on a file is let be: whether it can still be stopped is a matter of a moment. What has its result
 * keeps it. */
static void cancel(struct coil__backend *base, struct coil__op *op)
{
    struct sim_backend *b = of(base);
    if (!(op->priv & COPIED)) {
        b->inner->ops->cancel(b->inner, op);
        return;
    }
    if (op->state != COIL__OP_ARMED)
        return;
    op->state = COIL__OP_CANCELLING;
    struct sim_op *s = copy_of(op);
    if (s->waits) {
        coil__list_remove(&s->link);
        b->n_kept--;
        s->waits = false;
        s->inner.result = -ECANCELED;
        arrive(&s->inner);
    } else if (!s->is_work && !coil__list_linked(&s->link)) {
        b->inner->ops->cancel(b->inner, &s->inner);
    }
}

static bool pending(struct coil__backend *base)
{
    struct sim_backend *b = of(base);
    return b->n_kept > 0 || b->working > 0 || b->inner->ops->pending(b->inner);
}

static bool unshown(struct coil__backend *base)
{
    struct sim_backend *b = of(base);
    return b->n_kept > 0 || b->inner->ops->unshown(b->inner);
}

static void wake(struct coil__backend *base)
{
    struct sim_backend *b = of(base);
    b->inner->ops->wake(b->inner);
}

static int backend_fd(struct coil__backend *base)
{
    struct sim_backend *b = of(base);
    return b->inner->ops->fd(b->inner);
}

static void forget(struct coil__backend *base)
{
    struct sim_backend *b = of(base);
    b->inner->ops->forget(b->inner);
}

static void close_backend(struct coil__backend *base)
{
    struct sim_backend *b = of(base);
    struct coil__list *node;
    while ((node = coil__list_pop(&b->spare)))
        coil__free(at(node));
    b->inner->ops->close(b->inner);
    coil__free(b);
}

static int open_backend(const struct coil__backend_options *options,
                        struct coil__backend **ret_backend)
{
    struct sim_backend *b = coil__calloc(1, sizeof *b);
    if (!b)
        return -ENOMEM;
    int err = coil__epoll_ops.open(options, &b->inner);
    if (err < 0) {
        coil__free(b);
        return err;
    }
    b->base.ops = &coil__sim_ops;
    b->base.caps = b->inner->caps | COIL__CAP_SIMULATED;
    b->clock = options->clock;
    b->seed = coil__dice_scramble(options->seed);
    b->random = b->seed;
    b->shift = 1; /* 0 is that of no work */
    b->due_ns = COIL__NEVER;
    coil__list_init(&b->work);
    coil__list_init(&b->arrived);
    coil__list_init(&b->held);
    coil__list_init(&b->spare);
    *ret_backend = &b->base;
    return 0;
}

const struct coil__backend_ops coil__sim_ops = {
    .name = "sim",
    .open = open_backend,
    .close = close_backend,
    .submit = submit,
    .cancel = cancel,
    .poll = poll_backend,
    .pending = pending,
    .unshown = unshown,
    .portion = portion,
    .wake_time = wake_time,
    .wake = wake,
    .fd = backend_fd,
    .forget = forget,
};

/* engine/sim.c: the simulation's life and its way in: each operation gets a copy, and chance decides what becomes of it. */
#include "engine/sim.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/sys.h"
#include "engine/caps.h"
#include "engine/dice.h"

/* priv of an operation that has a copy: link.prev is the copy's link. Epoll has no such bit. */
enum { COPIED = 0x80 };
enum { MAX_POLLS = 6, MAX_PATIENCE = 64, MAX_WAIT_US = 1000 };

static struct coil__sim_op *copy_of(const struct coil__op *op)
{
    return COIL__CONTAINER(op->link.prev, struct coil__sim_op, link);
}

/* ---------------------------------------------------------------- chance ---- */

static uint64_t draw(struct coil__sim *b)
{
    return coil__dice_scramble(b->random++);
}

static void cut(struct coil__sim_op *s)
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

static void cast(struct coil__sim *b, struct coil__sim_op *s)
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
    uint64_t dice = draw(coil__sim_of(base));
    return coil__dice_roll(&dice, 3) == 0 ? 0 : coil__dice_part(&dice, fd, len);
}

/* ---------------------------------------------------------------- the way in ---- */

static struct coil__sim_op *take_block(struct coil__sim *b)
{
    struct coil__list *node = coil__list_pop(&b->spare);
    return node ? coil__sim_at(node) : coil__malloc(sizeof(struct coil__sim_op));
}

/* What waits for a helper thread is begun before its fd is closed. */
static void begin_work_on(struct coil__sim *b, int fd)
{
    COIL__LIST_FOREACH (node, &b->work)
        if (coil__sim_at(node)->inner.fd == fd)
            coil__sim_hand_over(b, coil__sim_at(node));
}

static void submit(struct coil__backend *base, struct coil__op *op)
{
    struct coil__sim *b = coil__sim_of(base);
    struct coil__sim_op *s = take_block(b);
    if (op->code == COIL__OP_CLOSE)
        begin_work_on(b, op->fd);
    if (!s) {
        b->inner->ops->submit(b->inner, op);
        coil__sim_count(b);
        return;
    }
    *s = (struct coil__sim_op){.inner = *op, .outer = op, .number = b->submitted++};
    s->inner.done = coil__sim_arrive;
    s->inner.owner = b;
    s->inner.state = COIL__OP_IDLE;
    s->inner.flags &= (uint8_t)~COIL__OPF_LONG; /* or the next fd's number were a race */
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
    coil__sim_count(b);
}

/* What a helper thread has begun on a file is let be: whether it can still be stopped is a matter of a moment. What has its result
 * keeps it. */
static void cancel(struct coil__backend *base, struct coil__op *op)
{
    struct coil__sim *b = coil__sim_of(base);
    if (!(op->priv & COPIED)) {
        b->inner->ops->cancel(b->inner, op);
        return;
    }
    if (op->state != COIL__OP_ARMED)
        return;
    op->state = COIL__OP_CANCELLING;
    struct coil__sim_op *s = copy_of(op);
    if (s->waits) {
        coil__list_remove(&s->link);
        b->n_kept--;
        s->waits = false;
        s->inner.result = -ECANCELED;
        coil__sim_arrive(&s->inner);
    } else if (!s->is_work && !coil__list_linked(&s->link)) {
        b->inner->ops->cancel(b->inner, &s->inner);
    }
}

/* ---------------------------------------------------------------- life ---- */

static bool pending(struct coil__backend *base)
{
    struct coil__sim *b = coil__sim_of(base);
    return b->n_kept > 0 || b->working > 0 || b->inner->ops->pending(b->inner);
}

static bool unshown(struct coil__backend *base)
{
    struct coil__sim *b = coil__sim_of(base);
    return b->n_kept > 0 || b->inner->ops->unshown(b->inner);
}

static void wake(struct coil__backend *base)
{
    struct coil__sim *b = coil__sim_of(base);
    b->inner->ops->wake(b->inner);
}

static int backend_fd(struct coil__backend *base)
{
    struct coil__sim *b = coil__sim_of(base);
    return b->inner->ops->fd(b->inner);
}

static void forget(struct coil__backend *base)
{
    struct coil__sim *b = coil__sim_of(base);
    b->inner->ops->forget(b->inner);
}

static void close_backend(struct coil__backend *base)
{
    struct coil__sim *b = coil__sim_of(base);
    struct coil__list *node;
    while ((node = coil__list_pop(&b->spare)))
        coil__free(coil__sim_at(node));
    b->inner->ops->close(b->inner);
    coil__free(b);
}

static int open_backend(const struct coil__backend_options *options,
                        struct coil__backend **ret_backend)
{
    struct coil__sim *b = coil__calloc(1, sizeof *b);
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
    .poll = coil__sim_poll,
    .pending = pending,
    .unshown = unshown,
    .portion = portion,
    .wake_time = coil__sim_wake_time,
    .wake = wake,
    .fd = backend_fd,
    .forget = forget,
};

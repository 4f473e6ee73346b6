/* task/sleepers.c: a hand goes round over the tasks of a loop, and puts to sleep whose stacks it finds unused twice.
 *
 * What a task's ready node runs is the mark: coil__task_run_ready; run_noted, when the hand has seen it wait; run_asleep, when its stack sleeps.
 * Both of the others make it the first again as the task goes on. So nothing is asked where a task suspends or resumes, and tasks that
 * are never found waiting pay nothing.
 *
 * The hand moves before polls: while the loop has work only at every 64th, and a bounded way at a time. A round begins no sooner than `after`
 * behind the one before. While a round has left something to come back to the loop sleeps no longer than until the next one;
 * after one that found nothing it sleeps as long as ever.
 *
 * A task's stack may sleep when its wait leaves nothing there for others (coil__wait_kind.rests). A receive of a stream does, so its operation
 * is taken back when it has waited long, and the task waits for its socket to be readable instead: io/stream_read.c.
 */
#include "task/sleepers.h"

#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "task/tasks.h"

enum {
    LOOK = 1024,    /* tasks that are looked at in one go                  */
    BUSY_TURNS = 64 /* of a loop that has work, between one go and the next */
};

struct coil__sleepers {
    struct coil__sleep *stacks;
    int64_t after_ns;    /* 0: as soon as the loop polls                                     */
    int64_t begun_ns;    /* the last round                                                   */
    uint32_t hand;       /* the next slot; 0: between two rounds                             */
    bool left;           /* this round, or the last one: somebody is to be looked at again   */
    uint64_t quiet_turn; /* the turn of the loop after which a round left nothing            */
    uint32_t n_batch;
    struct coil__task *batch[COIL__SLEEP_BATCH];
};

/* ---------------------------------------------------------------- the marks ---- */

static void go_on(struct coil__ready *node)
{
    node->run = coil__task_run_ready;
    coil__task_run_ready(node);
}

static void run_noted(struct coil__ready *node)
{
    go_on(node);
}

static void run_asleep(struct coil__ready *node)
{
    struct coil__task *t = COIL__CONTAINER(node, struct coil__task, ready);
    coil__sleep_wake(coil__tasks_of(coil__here.loop)->sleepers->stacks, t->stack.index);
    go_on(node);
}

bool coil__sleepers_is_task(const struct coil__ready *node)
{
    return node->run == coil__task_run_ready || node->run == run_noted || node->run == run_asleep;
}

void coil__sleepers_wake(struct coil__tasks *tasks, struct coil__task *t)
{
    if (t->ready.run != run_asleep)
        return;
    coil__sleep_wake(tasks->sleepers->stacks, t->stack.index);
    t->ready.run = coil__task_run_ready;
}

/* ---------------------------------------------------------------- one task ---- */

/* Futures of a gather or of a pool's job go with calls that may have been given addresses on this stack. */
static bool awaits_plain_future(const struct coil__task *t)
{
    const struct coil__awaitable *a = t->subject;
    if (t->kind != &coil__await_kind || a->kind != COIL__KIND_FUTURE)
        return false;
    const struct coil__future *f = (const struct coil__future *)(const void *)a;
    return !f->gathering && !f->backing;
}

static enum coil__rests rests(const struct coil__task *t)
{
    if (!t->kind || t->wait_state != COIL__WAIT_PENDING || !t->stack.top)
        return COIL__RESTS_NOT;
    return awaits_plain_future(t) ? COIL__RESTS : (enum coil__rests)t->kind->rests;
}

static void commit(struct coil__sleepers *s)
{
    uint64_t sleeping = coil__sleep_commit(s->stacks);
    for (uint32_t i = 0; i < s->n_batch; i++)
        if (sleeping >> i & 1)
            s->batch[i]->ready.run = run_asleep;
    s->n_batch = 0;
}

static void put_to_sleep(struct coil__sleepers *s, struct coil__task *t)
{
    coil_call *call = t->call;
    size_t used = (call->size + sizeof(void *) - 1) / sizeof(void *) * sizeof(void *);
    if (used < sizeof call->args) /* nobody reads these: zero takes no room */
        memset(call->args + used, 0, sizeof call->args - used);
    if (!coil__sleep_add(s->stacks, t->stack, t->coro.sp, coil__task_number(t) + 1))
        return;
    s->batch[s->n_batch++] = t;
    if (s->n_batch == COIL__SLEEP_BATCH)
        commit(s);
}

static void look_at(struct coil__sleepers *s, struct coil__task *t)
{
    if (t->ready.run == run_asleep) {
        if (coil__sleep_has(s->stacks, t->stack.index))
            return;
        coil__sleep_wake(s->stacks, t->stack.index); /* it was touched */
        t->ready.run = coil__task_run_ready;
    }
    enum coil__rests how = rests(t);
    if (how == COIL__RESTS_NOT)
        return;
    if (s->after_ns > 0 && t->ready.run == coil__task_run_ready) {
        t->ready.run = run_noted;
        s->left = true;
    } else if (how == COIL__RESTS_DIFFERENTLY) {
        coil__loop_cancel(coil__here.loop, t->subject);
        s->left = true;
    } else {
        put_to_sleep(s, t);
    }
}

/* ---------------------------------------------------------------- the rounds ---- */

/* Looks at some more. True when the round is over. */
static bool move_hand(struct coil__sleepers *s, struct coil__slab *slab)
{
    uint32_t n = coil__slab_slots(slab), end = n - s->hand > LOOK ? s->hand + LOOK : n;
    if (s->after_ns == 0)
        end = n;
    for (; s->hand < end; s->hand++) {
        struct coil__task *t = coil__slab_at(slab, s->hand);
        if (t && t->base.state == COIL__PENDING)
            look_at(s, t);
    }
    commit(s);
    return s->hand >= n;
}

/* Until when the loop may sleep. */
static int64_t until_next(const struct coil__sleepers *s, const coil_loop *loop, int64_t wait_ns,
                          int64_t now)
{
    if (s->after_ns == 0 || wait_ns == 0 || loop->clock.is_virtual || s->quiet_turn == loop->turns)
        return wait_ns;
    int64_t left = s->begun_ns + s->after_ns - now;
    if (left < 0)
        left = 0;
    return wait_ns < 0 || left < wait_ns ? left : wait_ns;
}

static int64_t before_poll(coil_loop *loop, int64_t wait_ns)
{
    struct coil__tasks *tasks = coil__tasks_of(loop);
    struct coil__sleepers *s = tasks->sleepers;
    if (wait_ns == 0 && s->after_ns > 0 && loop->turns % BUSY_TURNS != 0)
        return 0;
    int64_t now = coil__clock_monotonic();
    if (s->hand == 0) {
        if (s->after_ns > 0 && now - s->begun_ns < s->after_ns)
            return until_next(s, loop, wait_ns, now);
        s->begun_ns = now;
        s->left = false;
    }
    if (!move_hand(s, &tasks->slab))
        return 0; /* the round goes on behind a look at the world */
    s->hand = 0;
    if (!s->left)
        s->quiet_turn = loop->turns;
    return until_next(s, loop, wait_ns, now);
}

/* ---------------------------------------------------------------- lending ---- */

void coil__sleepers_lend(struct coil__tasks *tasks, const void *address)
{
    const struct coil__task *self = coil__here.task;
    coil__sleep_lend(tasks->sleepers->stacks, address,
                     self && self->stack.top ? self->stack.index : UINT32_MAX);
}

static void lend_pieces(struct coil__tasks *tasks, const struct iovec *iov, size_t n)
{
    for (size_t i = 0; i < n; i++)
        coil__sleepers_lend(tasks, iov[i].iov_base);
}

void coil__sleepers_lend_op(struct coil__tasks *tasks, const struct coil__op *op)
{
    coil__sleepers_lend(tasks, op->buf); /* of some kinds these are numbers, which are no stack's */
    coil__sleepers_lend(tasks, op->arg);
    if (op->code == COIL__OP_RECVMSG || op->code == COIL__OP_SENDMSG) {
        coil__sleepers_lend(tasks, op->msg->msg_name);
        coil__sleepers_lend(tasks, op->msg->msg_control);
        lend_pieces(tasks, op->msg->msg_iov, op->msg->msg_iovlen);
    } else if (op->code == COIL__OP_READV || op->code == COIL__OP_WRITEV) {
        lend_pieces(tasks, op->iov, op->len);
    }
}

/* ---------------------------------------------------------------- making ---- */

int coil__sleepers_make(struct coil__tasks *tasks)
{
    coil_loop *loop = tasks->loop;
    if (loop->sleep_after_ns < 0)
        return 0;
    struct coil__sleepers *s = coil__calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    int err = coil__sleep_new(tasks->stacks, loop->check_sleep, &s->stacks);
    if (err < 0) {
        coil__free(s);
        return err == -ENOTSUP ? 0 : err;
    }
    s->after_ns = loop->sleep_after_ns;
    s->begun_ns = coil__clock_monotonic();
    s->quiet_turn = UINT64_MAX;
    tasks->sleepers = s;
    loop->before_poll = before_poll;
    return 0;
}

void coil__sleepers_free(struct coil__tasks *tasks)
{
    if (!tasks->sleepers)
        return;
    tasks->loop->before_poll = NULL;
    coil__sleep_free(tasks->sleepers->stacks);
    coil__free(tasks->sleepers);
    tasks->sleepers = NULL;
}

long coil_loop_stacks_asleep(coil_loop *loop)
{
    int err = coil__loop_usable(loop);
    if (err < 0)
        return err;
    struct coil__tasks *tasks = loop->tasks;
    return tasks && tasks->sleepers ? (long)coil__sleep_count(tasks->sleepers->stacks) : 0;
}

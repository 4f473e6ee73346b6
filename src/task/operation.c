/* task/operation.c: waiting for the kernel: an operation on the task's stack, which the backend has until it is complete.
 *
 * A cancellation asks the backend, and the operation's own result is the answer: what it took from the world is not lost, and then the
 * cancellation is still owed.
 */
#include <errno.h>

#include "task/sleepers.h"
#include "task/suspend.h"

/* Told while others are: by the time it runs, the frames that it goes back through have come. */
static void op_done(struct coil__op *op)
{
    struct coil__task *t = op->owner;
    const char *sp = t->coro.sp;
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++)
        __builtin_prefetch(sp + 64 * i);
    coil__task_wake(t);
}

static void op_forgotten(struct coil__op *op)
{
    (void)op;
}

bool coil__op_cancel(struct coil__task *t)
{
    t->wait_cancelled = true;
    coil__loop_cancel(coil__task_loop(t), t->subject);
    return true;
}

void coil__op_abandon(struct coil__task *t)
{
    struct coil__op *op = t->subject;
    op->done = op_forgotten;
    coil__loop_cancel(coil__loop_by_id(t->loop_id), op);
}

static const struct coil__wait_kind op_kind = {"operation", coil__op_cancel, coil__op_abandon,
                                               COIL__RESTS_NOT};

int coil__op_await_in(struct coil__op *op, const struct coil__wait_kind *kind)
{
    struct coil__task *self = coil__here.task;
    if (self->must_cancel) /* nothing is taken from the world: the cancellation comes first */
        return coil__yield();
    coil__lend_op(op);
    op->owner = self;
    op->done = op_done;
    self->wait_state = COIL__WAIT_PENDING;
    coil__loop_submit(coil__here.loop, op);
    coil__suspend_here(self, kind, op);
    if (op->result == -ECANCELED)
        return self->wait_cancelled ? coil__deliver_cancel(self) : -EBADF;
    if (self->wait_cancelled && self->cancelling > 0)
        self->must_cancel = true; /* the operation's own result wins; the request is still owed */
    return op->result;
}

int coil__op_await(struct coil__op *op)
{
    return coil__op_await_in(op, &op_kind);
}

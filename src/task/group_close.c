/* task/group_close.c: the close of a task group: its tasks are waited for, and one outcome is made of theirs and the body's. */
#include "task/group.h"

#include <errno.h>

#include "task/hand.h"

/* Outputs land, the handles go. */
static void release_children(struct coil__group *g)
{
    struct coil__list *node;
    while ((node = coil__list_pop(&g->tasks))) {
        struct coil__task *t = COIL__CONTAINER(node, struct coil__task, group_link);
        t->group = NULL;
        if (t->base.status >= 0 && t->base.landing)
            coil__awaitable_take(&t->base);
        t->base.seen = true;
        t->base.owned = false;
        coil__awaitable_unref(coil__here.loop, &t->base);
    }
}

static const struct coil__wait_kind close_kind = {"task group", coil__park_cancel, NULL,
                                                  COIL__RESTS_NOT};

/* Waits for the children; a cancellation of the parent aborts them, and is what comes out, with its message, unless they
 * fail. Later cancellations change neither. */
static int join_children(struct coil__group *g, struct coil__error **record)
{
    int cancelled = 0, thrown = 0;
    while (g->running > 0) {
        int err = coil__park(&g->waiting, &close_kind, NULL);
        if (err < 0 && err != -ECANCELED) /* by hand: told when the children have ended */
            thrown = err;
        if (err == -ECANCELED && !g->aborting) {
            cancelled = err;
            coil__error_set(record, coil__error_ref(coil__error_current(err)));
        }
        if (err < 0 && !g->aborting)
            coil__group_abort(g);
    }
    if (thrown < 0)
        coil__hand_owe(g->parent, thrown);
    return cancelled;
}

/* The group's errors as one: the first one's code, the others as causes. */
static int raise_errors(struct coil__group *g)
{
    struct coil__task *self = g->parent;
    if (self->cancelling > 0) {
        /* somebody outside cancels the parent too: withdrawn and asked again, so that it comes at the next suspension */
        coil__task_uncancel(self);
        coil__task_cancel(self, NULL);
    }
    int code = g->n_errors ? g->codes[0] : -ENOMEM;
    int n = 0;
    for (uint32_t i = 0; i < g->n_errors; i++)
        if (g->errors[i])
            g->errors[n++] = g->errors[i];
    g->n_errors = 0; /* the record takes them over */
    coil__error_put(coil__error_new_group(code, g->errors, n));
    return code;
}

/* A generator's body goes on in another task: from now on that is the parent. */
static void move_to(struct coil__group *g, struct coil__task *here)
{
    struct coil__task *old = g->parent;
    if (g->parent_cancelled)
        coil__task_uncancel(old);
    g->parent_cancelled = false;
    g->parent = here;
    coil__awaitable_ref(&here->base);
    coil__awaitable_unref(coil__here.loop, &old->base);
}

/* A generator's body leaves the group where nobody can wait for the children: they are cancelled, and end alone. */
static int orphan_children(struct coil__group *g, int err)
{
    coil_loop *loop = coil__loop_by_id(g->parent->loop_id);
    struct coil__list *node;
    g->aborting = true;
    while ((node = coil__list_pop(&g->tasks))) {
        struct coil__task *t = COIL__CONTAINER(node, struct coil__task, group_link);
        t->group = NULL;
        t->base.landing = 0;
        t->base.seen = true;
        t->base.owned = false;
        coil__task_cancel(t, NULL);
        coil__awaitable_unref(loop, &t->base);
    }
    coil__group_free_errors(g);
    g->open = false;
    coil__awaitable_unref(loop, &g->parent->base);
    return err;
}

int coil_group_close(coil_group *group, int body_err)
{
    struct coil__group *g = coil__group_of(group);
    if (!g->open || g->exiting)
        return coil_fail(-COIL_EINVALIDSTATE, "the task group is not open");
    struct coil__task *here;
    int err = coil__current_or_error(&here);
    if (err < 0)
        return g->held ? orphan_children(g, err) : err;
    if (!coil__group_is_here(g))
        return -COIL_EWRONGTHREAD;
    if (g->parent != here && g->held)
        move_to(g, here);
    if (g->parent != here)
        return coil_fail(-COIL_EINVALIDSTATE, "a task group is closed by the task that opened it");
    g->exiting = true;
    struct coil__error *record = coil__error_ref(coil__error_current(body_err));
    int cancelled = body_err == -ECANCELED ? -ECANCELED : 0;
    if (body_err < 0 && !g->aborting)
        coil__group_abort(g);
    int joined = join_children(g, &record);
    if (joined < 0)
        cancelled = joined;
    release_children(g);
    if (g->parent_cancelled && coil__task_uncancel(g->parent))
        cancelled = 0;
    int outcome;
    bool failed = g->n_errors > 0 || g->lost_errors;
    if (cancelled && !failed) {
        coil__error_put(coil__error_ref(record));
        outcome = -ECANCELED;
    } else {
        if (body_err < 0 && body_err != -ECANCELED)
            coil__group_add_error(g, body_err, coil__error_ref(record));
        outcome = g->n_errors || failed ? raise_errors(g) : body_err < 0 ? 0 : body_err;
    }
    coil__error_unref(record);
    coil__group_free_errors(g);
    g->open = false;
    if (g->held)
        coil__awaitable_unref(coil__here.loop, &here->base);
    return outcome;
}

/* ---------------------------------------------------------------- the scope ---- */

coil_group *coil__public_group_scope(coil_group *group, int *err)
{
    int e = coil_group_open(group);
    *err = e < 0 ? e : 0;
    coil__group_of(group)->err = err;
    return group;
}

int coil__public_group_again(coil_group *group)
{
    struct coil__group *g = coil__group_of(group);
    if (!g->open)
        return 0;
    if (!g->rounds_over)
        return 1;
    *g->err = coil_group_close(group, *g->err);
    return 0;
}

int coil__public_group_body(coil_group *group)
{
    struct coil__group *g = coil__group_of(group);
    if (g->rounds_over)
        return 0;
    g->rounds_over = true;
    return 1;
}

/* A return or goto out of the block: the children are cancelled and joined, and nobody is there to hear the outcome. */
void coil__public_group_leave(coil_group *group)
{
    struct coil__group *g = coil__group_of(group);
    if (g->open && !g->exiting)
        coil_ignore(coil_group_close(group, -ECANCELED));
}

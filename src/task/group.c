/* task/group.c: a task group while it is open: its tasks are created, end, fail and are cancelled. */
#include "task/group.h"

#include <errno.h>

#include "base/memory.h"

/* One per child: on the heap, because a finished child's own waiter may be anything. */
struct child_watcher {
    struct coil__watcher watcher;
    struct coil__ready ready;
    struct coil__task *task;
};

void coil__group_abort(struct coil__group *g)
{
    g->aborting = true;
    COIL__LIST_FOREACH (node, &g->tasks)
        coil__task_cancel(COIL__CONTAINER(node, struct coil__task, group_link), NULL);
}

/* ---------------------------------------------------------------- errors ---- */

void coil__group_add_error(struct coil__group *g, int code, struct coil__error *e)
{
    if (g->n_errors == g->error_room) {
        uint32_t room = g->error_room ? g->error_room * 2 : 4;
        struct coil__error **errors = coil__realloc(g->errors, room * sizeof *errors);
        if (errors)
            g->errors = errors;
        int *codes = errors ? coil__realloc(g->codes, room * sizeof *codes) : NULL;
        if (!codes) { /* its code may be lost from the list, never the fact that there was one */
            g->lost_errors = true;
            coil__error_unref(e);
            return;
        }
        g->codes = codes;
        g->error_room = room;
    }
    if (!e)
        e = coil__error_new(code, NULL, NULL, 0);
    g->codes[g->n_errors] = code;
    g->errors[g->n_errors++] = e;
}

void coil__group_free_errors(struct coil__group *g)
{
    for (uint32_t i = 0; i < g->n_errors; i++)
        coil__error_unref(g->errors[i]);
    coil__free(g->errors);
    coil__free(g->codes);
    g->errors = NULL;
    g->codes = NULL;
    g->n_errors = g->error_room = 0;
}

/* ---------------------------------------------------------------- the end of a task ---- */

static void child_ended(struct coil__group *g, struct coil__task *t)
{
    if (--g->running == 0 && !coil__list_empty(&g->waiting))
        coil__unpark(coil__queue_task(g->waiting.next));
    if (t->base.status >= 0 || t->base.status == -ECANCELED)
        return;
    t->base.seen = true;
    coil__group_add_error(g, t->base.status, coil__error_ref(t->base.error));
    if (!g->aborting && !g->parent_cancelled) {
        coil__group_abort(g);
        g->parent_cancelled = true;
        coil__task_cancel(g->parent, NULL);
    }
}

/* A child has ended, one turn ago. */
static void child_done(struct coil__ready *node)
{
    struct child_watcher *cw = COIL__CONTAINER(node, struct child_watcher, ready);
    struct coil__task *t = cw->task;
    coil__free(cw);
    if (t->group) /* else it is an orphan */
        child_ended(t->group, t);
    coil__awaitable_unref(coil__here.loop, &t->base);
}

static void queue_child_done(struct coil__watcher *w, struct coil__awaitable *a)
{
    struct child_watcher *cw = COIL__CONTAINER(w, struct child_watcher, watcher);
    (void)a;
    coil__loop_push(coil__task_loop(cw->task), &cw->ready);
}

/* ---------------------------------------------------------------- the end of the loop ---- */

bool coil__group_unwatch(struct coil__watcher *w)
{
    if (w->wake != queue_child_done)
        return false;
    coil__free(COIL__CONTAINER(w, struct child_watcher, watcher));
    return true;
}

bool coil__group_discard(struct coil__ready *node)
{
    if (node->run != child_done)
        return false;
    coil__free(COIL__CONTAINER(node, struct child_watcher, ready));
    return true;
}

void coil__group_let_go(struct coil__task *t)
{
    struct coil__group *g = t->group;
    t->group = NULL;
    coil__list_remove(&t->group_link);
    coil__group_free_errors(g);
}

/* ---------------------------------------------------------------- open, create, cancel ---- */

int coil_group_open(coil_group *group)
{
    struct coil__group *g = coil__group_of(group);
    *g = (struct coil__group){0};
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (err < 0)
        return err;
    coil__list_init(&g->tasks);
    coil__list_init(&g->waiting);
    g->parent = self;
    g->open = true;
    g->held = coil__here.generator != NULL;
    if (g->held)
        coil__awaitable_ref(&self->base);
    return 0;
}

static int may_create(struct coil__group *g)
{
    if (!g->open)
        return coil_fail(-COIL_EGROUPCLOSED, "the task group is not open");
    if (!coil__group_is_here(g))
        return coil__here.loop ? -COIL_EWRONGTHREAD : -COIL_ENOLOOP;
    if (g->exiting && g->running == 0)
        return coil_fail(-COIL_EGROUPCLOSED, "the task group is finished");
    if (g->aborting)
        return coil_fail(-COIL_EGROUPCLOSED, "the task group is shutting down");
    return 0;
}

coil_task *coil__public_group_create_task(coil_group *group, const coil_call *call,
                                          const char *file, int line)
{
    return coil__public_group_create_task_in(group, NULL, call, file, line);
}

coil_task *coil__public_group_create_task_in(coil_group *group, coil_context *context,
                                             const coil_call *call, const char *file, int line)
{
    struct coil__group *g = coil__group_of(group);
    struct child_watcher *cw = NULL;
    struct coil__task *t;
    int err = may_create(g);
    if (err < 0) {
        if (call->ticket) /* a refused coroutine object is closed, as in 3.13 */
            coil_ignore(coil__call_claim(call));
        goto fail;
    }
    cw = coil__calloc(1, sizeof *cw);
    coil_loop *loop = coil__here.loop;
    err = cw ? coil__task_new_in(loop, context, call, NULL, coil__tasks_eager(loop), file, line, &t)
             : -ENOMEM;
    if (err < 0)
        goto fail;
    cw->watcher.wake = queue_child_done;
    cw->ready.run = child_done;
    cw->task = t;
    t->group = g;
    coil__list_append(&g->tasks, &t->group_link);
    g->running++;
    if (coil__awaitable_done(&t->base)) { /* an eager one is seen at once, as in asyncio */
        coil__free(cw);
        child_ended(g, t);
    } else {
        coil__awaitable_ref(&t->base); /* the watcher's */
        coil__watch(&t->base, &cw->watcher);
    }
    return coil__task_handle(t);

fail:
    coil__free(cw);
    coil__create_error = err;
    return NULL;
}

int coil_group_cancel(coil_group *group)
{
    struct coil__group *g = coil__group_of(group);
    if (!g->open)
        return -COIL_EINVALIDSTATE;
    if (!coil__group_is_here(g))
        return coil__here.loop ? -COIL_EWRONGTHREAD : -COIL_ENOLOOP;
    coil__group_abort(g);
    return 0;
}

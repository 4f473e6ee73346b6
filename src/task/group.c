/* task/group.c: task groups, after asyncio's TaskGroup line by line.
 *
 * The list holds a group's tasks until it is closed: those that run, and those that have ended and whose outputs land at the
 * close. A child tells its end through a watcher that is queued like any done callback, one turn later.
 */
#include "coil/group.h"

#include <errno.h>
#include <stddef.h>

#include "base/memory.h"
#include "task/hand.h"
#include "task/tasks.h"

struct coil__group {
    struct coil__task *parent;
    struct coil__list tasks;     /* by group_link, in order of creation               */
    struct coil__list waiting;   /* the parent, parked in close                       */
    int *err;                    /* the scope's variable; NULL in the function form   */
    struct coil__error **errors; /* in order of completion; entries may be NULL       */
    int *codes;
    uint32_t n_errors, error_room;
    uint32_t running;
    bool open, exiting, aborting, parent_cancelled, rounds_over, lost_errors;
    bool held; /* opened in a generator, whose body may outlive the parent: it holds a reference */
};
_Static_assert(sizeof(struct coil__group) <= sizeof(coil_group), "coil_group is too small");

/* One per child: on the heap, because a finished child's own waiter may be anything. */
struct child_watcher {
    struct coil__watcher watcher;
    struct coil__ready ready;
    struct coil__task *task;
};

static struct coil__group *of(coil_group *g)
{
    return (struct coil__group *)(void *)g->coil__state;
}

/* Tells whether the group is one of the loop that runs in this thread. */
static bool is_here(const struct coil__group *g)
{
    return coil__here.loop && coil__here.loop->id == g->parent->loop_id;
}

static void abort_children(struct coil__group *g)
{
    g->aborting = true;
    COIL__LIST_FOREACH (node, &g->tasks)
        coil__task_cancel(COIL__CONTAINER(node, struct coil__task, group_link), NULL);
}

static void add_error(struct coil__group *g, int code, struct coil__error *e)
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

static void free_errors(struct coil__group *g)
{
    for (uint32_t i = 0; i < g->n_errors; i++)
        coil__error_unref(g->errors[i]);
    coil__free(g->errors);
    coil__free(g->codes);
    g->errors = NULL;
    g->codes = NULL;
    g->n_errors = g->error_room = 0;
}

static void child_ended(struct coil__group *g, struct coil__task *t)
{
    if (--g->running == 0 && !coil__list_empty(&g->waiting))
        coil__unpark(coil__queue_task(g->waiting.next));
    if (t->base.status >= 0 || t->base.status == -ECANCELED)
        return;
    t->base.seen = true;
    add_error(g, t->base.status, coil__error_ref(t->base.error));
    if (!g->aborting && !g->parent_cancelled) {
        abort_children(g);
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
    free_errors(g);
}

/* ---------------------------------------------------------------- open, add, close ---- */

int coil_group_open(coil_group *group)
{
    struct coil__group *g = of(group);
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
    if (!is_here(g))
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
    struct coil__group *g = of(group);
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
    struct coil__group *g = of(group);
    if (!g->open)
        return -COIL_EINVALIDSTATE;
    if (!is_here(g))
        return coil__here.loop ? -COIL_EWRONGTHREAD : -COIL_ENOLOOP;
    abort_children(g);
    return 0;
}

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
            abort_children(g);
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
    free_errors(g);
    g->open = false;
    coil__awaitable_unref(loop, &g->parent->base);
    return err;
}

int coil_group_close(coil_group *group, int body_err)
{
    struct coil__group *g = of(group);
    if (!g->open || g->exiting)
        return coil_fail(-COIL_EINVALIDSTATE, "the task group is not open");
    struct coil__task *here;
    int err = coil__current_or_error(&here);
    if (err < 0)
        return g->held ? orphan_children(g, err) : err;
    if (!is_here(g))
        return -COIL_EWRONGTHREAD;
    if (g->parent != here && g->held)
        move_to(g, here);
    if (g->parent != here)
        return coil_fail(-COIL_EINVALIDSTATE, "a task group is closed by the task that opened it");
    g->exiting = true;
    struct coil__error *record = coil__error_ref(coil__error_current(body_err));
    int cancelled = body_err == -ECANCELED ? -ECANCELED : 0;
    if (body_err < 0 && !g->aborting)
        abort_children(g);
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
            add_error(g, body_err, coil__error_ref(record));
        outcome = g->n_errors || failed ? raise_errors(g) : body_err < 0 ? 0 : body_err;
    }
    coil__error_unref(record);
    coil__free(g->errors);
    coil__free(g->codes);
    g->errors = NULL;
    g->codes = NULL;
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
    of(group)->err = err;
    return group;
}

int coil__public_group_again(coil_group *group)
{
    struct coil__group *g = of(group);
    if (!g->open)
        return 0;
    if (!g->rounds_over)
        return 1;
    *g->err = coil_group_close(group, *g->err);
    return 0;
}

int coil__public_group_body(coil_group *group)
{
    struct coil__group *g = of(group);
    if (g->rounds_over)
        return 0;
    g->rounds_over = true;
    return 1;
}

/* A return or goto out of the block: the children are cancelled and joined, and nobody is there to hear the outcome. */
void coil__public_group_leave(coil_group *group)
{
    struct coil__group *g = of(group);
    if (g->open && !g->exiting)
        coil_ignore(coil_group_close(group, -ECANCELED));
}

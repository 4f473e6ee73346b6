/* task/group.h: a task group, after asyncio's TaskGroup line by line: group.c has its life while it is open, group_close.c the close.
 *
 * The list holds a group's tasks until it is closed: those that run, and those that have ended and whose outputs land at the
 * close. A child tells its end through a watcher that is queued like any done callback, one turn later.
 */
#ifndef COIL_TASK_GROUP_H
#define COIL_TASK_GROUP_H

#include "coil/group.h"
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

/* Cancels the tasks, and lets no other be created. */
void coil__group_abort(struct coil__group *g);
/* Takes over the reference to e, which may be NULL. */
void coil__group_add_error(struct coil__group *g, int code, struct coil__error *e);
void coil__group_free_errors(struct coil__group *g);

/* At the close of the loop: of a watcher that was taken out, of a node that will not run, and of a group's task, whose group lies on the
 * stack of a task that will not run. */
bool coil__group_unwatch(struct coil__watcher *w);
bool coil__group_discard(struct coil__ready *node);
void coil__group_let_go(struct coil__task *t);

static inline struct coil__group *coil__group_of(coil_group *g)
{
    return (struct coil__group *)(void *)g->coil__state;
}

/* Tells whether the group is one of the loop that runs in this thread. */
static inline bool coil__group_is_here(const struct coil__group *g)
{
    return coil__here.loop && coil__here.loop->id == g->parent->loop_id;
}

#endif

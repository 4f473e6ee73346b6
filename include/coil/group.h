/* coil/group.h: task groups: children that end before the block does.
 *
 *     COIL_TASK_GROUP(g, err) {
 *         coil_group_create_task(g, fetch(1, &a));
 *         coil_group_create_task(g, fetch(2, &b));
 *     }
 *
 * err is 0 when the body begins; what the body leaves in it is what it raised; after the block it is the
 * outcome. The first child that fails cancels the others and the body, and its code is the group's;
 * coil_error_causes gives all errors. A cancelled child is no error. A return or goto out of the block cancels
 * and joins the children. The children belong to the group until it is closed; outputs of those that
 * succeeded have landed then.
 */
#ifndef COIL_GROUP_H
#define COIL_GROUP_H

#include "coil/task.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A group. The struct is yours, on your stack; it may not move while it is open. */
typedef struct coil_group {
    COIL__ALIGNAS(16) unsigned char coil__state[128];
} coil_group;

/* Runs the block that follows with a group: g is a new name, a coil_group * in the block. err: an int variable.
 * From: coroutine. Suspends: yes, at its end. Cancel: is passed on to the children. */
#define COIL_TASK_GROUP(g, err)                                                                    \
    for (coil_group COIL__CAT(coil__scope_, g) __attribute__((cleanup(coil__public_group_leave))), \
         *g = coil__public_group_scope(&COIL__CAT(coil__scope_, g), &(err));                       \
         coil__public_group_again(g);)                                                             \
        for (; coil__public_group_body(g);)

/* The function form. Opens a group of this task. Returns 0, -COIL_ENOTASK, -COIL_ENOLOOP.
 * From: coroutine. Suspends: no. Cancel: not applicable. */
int coil_group_open(coil_group *g);

/* Starts a call in the group. Returns the task, which belongs to the group: coil_await joins it without
 * taking the handle, coil_task_ref keeps it beyond the group. NULL, with the reason in coil_await(NULL),
 * when the group is not open, shuts down or is over (-COIL_EGROUPCLOSED), or as coil_create_task.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
#define coil_group_create_task(g, call) \
    coil__public_group_create_task((g), COIL__REF(call), __FILE__, __LINE__)
coil_task *coil__public_group_create_task(coil_group *g, const coil_call *call, const char *file,
                                          int line);

/* Cancels all children; the body goes on. Returns 0, -COIL_EINVALIDSTATE when it is not open.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_group_cancel(coil_group *g);

/* Waits for all children and closes the group. body_err: what the body ended with; negative cancels the children.
 * Returns the outcome: 0 or body_err >= 0, the first error, -ECANCELED.
 * From: coroutine. Suspends: yes, while there are children. Cancel: cancels the children, waits for them, -ECANCELED. */
COIL__NODISCARD int coil_group_close(coil_group *g, int body_err);

coil_group *coil__public_group_scope(coil_group *g, int *err);
int coil__public_group_again(coil_group *g);
int coil__public_group_body(coil_group *g);
void coil__public_group_leave(coil_group *g);

#ifdef __cplusplus
}
#endif
#endif

/* task/public.c: the calls on a task's handle: check it, then look or change one thing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "task/hand.h"
#include "task/tasks.h"

coil_task *coil__public_create_task_in(coil_context *context, const coil_call *call,
                                       const char *file, int line)
{
    struct coil__task *t = NULL;
    coil_loop *loop = coil__here.loop;
    coil__create_error =
        coil__task_new_in(loop, context, call, NULL, coil__tasks_eager(loop), file, line, &t);
    return coil__create_error < 0 ? NULL : coil__handle_make(loop, &t->base.head);
}

int coil_loop_set_eager(coil_loop *loop, int on)
{
    struct coil__tasks *tasks;
    int err = coil__loop_usable(loop);
    if (err >= 0)
        err = coil__tasks_get(loop, &tasks);
    if (err >= 0)
        tasks->eager = on != 0;
    return err;
}

int coil__public_spawn(const coil_call *call, const char *file, int line)
{
    struct coil__task *t;
    coil_loop *loop = coil__here.loop;
    int err = coil__task_new(loop, call, NULL, coil__tasks_eager(loop), file, line, &t);
    if (err < 0)
        return err;
    t->base.landing = 0;
    t->base.owned = false;
    coil__awaitable_unref(loop, &t->base);
    return 0;
}

int coil_task_cancel(coil_task *handle)
{
    return coil_task_cancel_msg(handle, NULL);
}

int coil_task_cancel_msg(coil_task *handle, const char *message)
{
    struct coil__task *t;
    int err = coil__task_find(handle, &t);
    if (err < 0)
        return err;
    struct coil__error *e = message ? coil__error_new(-ECANCELED, message, NULL, 0) : NULL;
    return coil__task_cancel(t, e);
}

int coil_task_cancelling(coil_task *handle)
{
    struct coil__task *t;
    int err = coil__task_find(handle, &t);
    return err < 0 ? err : (int)t->cancelling;
}

int coil_task_uncancel(coil_task *handle)
{
    struct coil__task *t;
    int err = coil__task_find(handle, &t);
    if (err < 0)
        return err;
    if (t->cancelling > 0 && --t->cancelling == 0)
        t->must_cancel = false;
    return (int)t->cancelling;
}

int coil_task_done(coil_task *handle)
{
    struct coil__task *t;
    int err = coil__task_find(handle, &t);
    return err < 0 ? err : coil__awaitable_done(&t->base);
}

int coil_task_cancelled(coil_task *handle)
{
    struct coil__task *t;
    int err = coil__task_find(handle, &t);
    return err < 0 ? err : coil__awaitable_done(&t->base) && t->base.status == -ECANCELED;
}

int coil_task_status(coil_task *handle)
{
    struct coil__task *t;
    int err = coil__task_find(handle, &t);
    if (err < 0)
        return err;
    if (!coil__awaitable_done(&t->base))
        return -COIL_EINVALIDSTATE;
    t->base.seen = true;
    if (t->base.status < 0)
        coil__error_put(coil__error_ref(t->base.error));
    return t->base.status;
}

int coil_task_error(coil_task *handle, const coil_error **ret_error)
{
    struct coil__task *t;
    int err = coil__task_find(handle, &t);
    if (err < 0)
        return err;
    if (!coil__awaitable_done(&t->base))
        return -COIL_EINVALIDSTATE;
    t->base.seen = true;
    if (t->base.status < 0 && !t->base.error)
        t->base.error = coil__error_new(t->base.status, NULL, t->file, coil__task_line(t));
    if (ret_error)
        *ret_error = coil__error_public(t->base.error);
    return t->base.status < 0 ? t->base.status : 0;
}

int coil_task_set_name(coil_task *handle, const char *name)
{
    struct coil__task *t;
    int err = coil__task_find(handle, &t);
    if (err < 0)
        return err;
    if (!name)
        return -EINVAL;
    char *copy = coil__strdup(name);
    if (!copy)
        return -ENOMEM;
    coil__free(coil__task_own_name(t));
    t->name = (uintptr_t)copy;
    return 0;
}

const char *coil_task_name(coil_task *handle)
{
    static __thread char automatic[32];
    struct coil__task *t;
    if (coil__task_find(handle, &t) < 0)
        return "(stale task)";
    if (coil__task_own_name(t))
        return coil__task_own_name(t);
    snprintf(automatic, sizeof automatic, "Task-%llu", (unsigned long long)(t->name >> 1));
    return automatic;
}

coil_task *coil_task_ref(coil_task *handle)
{
    struct coil__task *t;
    if (coil__task_find(handle, &t) < 0 || t->base.kept == UINT16_MAX)
        return NULL;
    t->base.kept++;
    coil__awaitable_ref(&t->base);
    return handle;
}

void coil_task_unref(coil_task *handle)
{
    struct coil__task *t;
    if (coil__task_find(handle, &t) < 0)
        return;
    coil_loop *loop = coil__loop_by_id(t->loop_id);
    if (t->base.kept > 0)
        t->base.kept--;
    else if (t->base.owned && !t->group)
        t->base.owned = false;
    else
        return; /* what is left are the loop's, the group's and the awaiters' references */
    if (t->base.refs == (coil__awaitable_done(&t->base) ? 1u : 2u) && !t->group)
        t->base.landing = 0; /* nobody is left to join it */
    coil__awaitable_unref(loop, &t->base);
}

int coil_task_add_done_callback(coil_task *handle, coil_task_callback fn, void *arg)
{
    return coil_task_add_done_callback_in_context(handle, NULL, fn, arg);
}

int coil_task_add_done_callback_in_context(coil_task *handle, coil_context *context,
                                           coil_task_callback fn, void *arg)
{
    struct coil__task *t;
    int err = coil__task_find(handle, &t);
    if (err < 0)
        return err;
    if (!fn)
        return -EINVAL;
    return coil__add_done_callback(coil__loop_by_id(t->loop_id), &t->base, context,
                                   (int (*)(void *, void *))(void *)fn, arg);
}

int coil_task_remove_done_callback(coil_task *handle, coil_task_callback fn, void *arg)
{
    struct coil__task *t;
    int err = coil__task_find(handle, &t);
    if (err < 0)
        return err;
    return coil__remove_done_callback(&t->base, (int (*)(void *, void *))(void *)fn, arg);
}

coil_task *coil_current_task(void)
{
    struct coil__task *t = coil__hand_driver(coil__here.task);
    return t ? coil__task_handle(t) : NULL;
}

static int by_creation(const void *a, const void *b)
{
    const struct coil__task *x = *(struct coil__task *const *)a,
                            *y = *(struct coil__task *const *)b;
    return (coil__task_number(x) > coil__task_number(y)) -
           (coil__task_number(x) < coil__task_number(y));
}

int coil__tasks_alive(coil_loop *loop, struct coil__task ***ret_array)
{
    struct coil__tasks *tasks = coil__tasks_of(loop);
    *ret_array = NULL;
    if (!tasks || tasks->alive == 0)
        return 0;
    struct coil__task **array = coil__malloc(tasks->alive * sizeof(struct coil__task *));
    if (!array)
        return -ENOMEM;
    int n = 0;
    for (uint32_t i = 0; i < coil__slab_slots(&tasks->slab); i++) {
        struct coil__task *t = coil__slab_at(&tasks->slab, i);
        if (t && !coil__awaitable_done(&t->base))
            array[n++] = t;
    }
    qsort(array, (size_t)n, sizeof *array, by_creation);
    *ret_array = array;
    return n;
}

int coil_all_tasks(coil_task **buf, int n)
{
    coil_loop *loop = coil__here.loop;
    if (!loop)
        return -COIL_ENOLOOP;
    struct coil__task **array;
    int total = coil__tasks_alive(loop, &array);
    for (int i = 0; i < total && i < n; i++)
        buf[i] = coil__task_handle(array[i]);
    coil__free(array);
    return total;
}

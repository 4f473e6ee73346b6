/* task/tasks.c: the task part of a loop: made with the first task, undone when the loop closes. */
#include "task/tasks.h"

#include <errno.h>

#include "base/memory.h"
#include "loop/callbacks.h"
#include "task/gathering.h"
#include "task/generator.h"
#include "task/group.h"
#include "task/sleepers.h"

/* Nothing of what is queued will run: what lies on the heap for it goes. */
static void discard_ready(coil_loop *loop)
{
    struct coil__ready *node = loop->next_head;
    loop->next_head = NULL;
    loop->next_tail = &loop->next_head;
    while (node) {
        struct coil__ready *next = node->next;
        if (!coil__gathering_discard(node) && !coil__group_discard(node) &&
            !coil__done_callback_discard(node))
            coil__threadsafe_discard(node);
        node = next;
    }
}

static void destroy(coil_loop *loop, struct coil__task *t)
{
    coil__task_report(loop, t, "Task was destroyed but it is pending!", 0, NULL);
    coil__timer_disarm(loop, &t->timer);
    coil__list_remove(&t->waiter.link);
    if (t->call && t->fn->discard) {
        coil__sleepers_wake(coil__tasks_of(loop), t); /* the others sleep on: a page each */
        t->fn->discard(t->call->args);
    }
}

static const struct coil__outlast_kind *outlast_kind(const struct coil__task *t)
{
    return COIL__CONTAINER(t->kind, struct coil__outlast_kind, kind);
}

void coil__abandon_and_outlast(struct coil__task *t)
{
    outlast_kind(t)->abandon(t);
}

static bool outlasts(const struct coil__task *t)
{
    return t->kind && t->wait_state == COIL__WAIT_PENDING &&
           t->kind->abandon == coil__abandon_and_outlast;
}

bool coil__task_is_worked_for(struct coil__task *t)
{
    if (!outlasts(t))
        return false;
    if (!outlast_kind(t)->outlast(t))
        return true;
    t->wait_state = COIL__WAIT_NONE;
    return false;
}

/* What works on their stacks may wait for this very loop: for tasks, which are destroyed by now, and by mail, which is dropped. */
static void outlast_all(coil_loop *loop, struct coil__task **tasks, int n)
{
    for (bool left = true; left;) {
        left = coil__generators_are_worked_for(coil__tasks_of(loop));
        for (int i = 0; i < n; i++) {
            if (!outlasts(tasks[i]))
                continue;
            if (coil__task_is_worked_for(tasks[i]))
                left = true;
            else
                destroy(loop, tasks[i]);
        }
        if (left) {
            coil__loop_forget(loop, NULL); /* the inbox goes to the others that are ready */
            discard_ready(loop);
        }
    }
}

/* Destroys what had not ended. Their operations end first: the kernel may still write into their stacks. */
static void before_close(coil_loop *loop)
{
    struct coil__task **left;
    int n = coil__tasks_alive(loop, &left);
    for (int i = 0; i < n; i++)
        if (left[i]->kind && left[i]->wait_state == COIL__WAIT_PENDING && left[i]->kind->abandon)
            left[i]->kind->abandon(left[i]);
    coil__generators_abandon_waits(coil__tasks_of(loop));
    while (loop->backend->in_flight > 0)
        if (loop->backend->ops->poll(loop->backend, -1) < 0)
            break;
    discard_ready(loop);
    for (int i = 0; i < n; i++)
        if (!outlasts(left[i]))
            destroy(loop, left[i]);
    outlast_all(loop, left, n);
    coil__free(left);
}

/* Futures stand on other futures and on tasks (gather, shield): nothing goes before all have let go of each other. */
static void pin_all(struct coil__tasks *tasks)
{
    enum { MANY = 1 << 30 };
    for (uint32_t i = 0; i < coil__slab_slots(&tasks->futures); i++) {
        struct coil__future *f = coil__slab_at(&tasks->futures, i);
        if (f)
            f->base.refs = MANY;
    }
    for (uint32_t i = 0; i < coil__slab_slots(&tasks->slab); i++) {
        struct coil__task *t = coil__slab_at(&tasks->slab, i);
        if (t)
            t->base.refs = MANY;
    }
}

static void let_go_all(struct coil__tasks *tasks)
{
    for (uint32_t i = 0; i < coil__slab_slots(&tasks->futures); i++) {
        struct coil__future *f = coil__slab_at(&tasks->futures, i);
        if (!f)
            continue;
        coil__drop_watchers(&f->base);
        coil__future_let_go(f);
    }
    for (uint32_t i = 0; i < coil__slab_slots(&tasks->slab); i++) {
        struct coil__task *t = coil__slab_at(&tasks->slab, i);
        if (t)
            coil__drop_watchers(&t->base);
        if (t && t->group)
            coil__group_let_go(t);
    }
}

static void free_pinned(coil_loop *loop, struct coil__awaitable *a)
{
    a->refs = 1;
    coil__awaitable_unref(loop, a);
}

static void done(coil_loop *loop)
{
    struct coil__tasks *tasks = coil__tasks_of(loop);
    before_close(loop);
    coil__debug_tell_calls(loop);
    coil__generators_leave(tasks);
    pin_all(tasks);
    let_go_all(tasks);
    for (uint32_t i = 0; i < coil__slab_slots(&tasks->futures); i++) {
        struct coil__future *f = coil__slab_at(&tasks->futures, i);
        if (f)
            free_pinned(loop, &f->base);
    }
    for (uint32_t i = 0; i < coil__slab_slots(&tasks->slab); i++) {
        struct coil__task *t = coil__slab_at(&tasks->slab, i);
        if (t)
            free_pinned(loop, &t->base);
    }
    coil__overflow_unwatch(tasks->stacks);
    coil__sleepers_free(tasks);
    coil__stack_pool_free(tasks->stacks);
    coil__slab_done(&tasks->slab);
    coil__slab_done(&tasks->futures);
    coil__free(tasks);
    loop->tasks = NULL;
    loop->on_idle = NULL;
}

static int overflow_name(void *arg, uint32_t stack_index, char *buf, size_t size, const char **file,
                         uint32_t *line)
{
    struct coil__tasks *tasks = arg;
    for (uint32_t i = 0; i < coil__slab_slots(&tasks->slab); i++) {
        struct coil__task *t = coil__slab_at(&tasks->slab, i);
        if (!t || !t->stack.top || t->stack.index != stack_index)
            continue;
        *file = t->file;
        *line = (uint32_t)coil__task_line(t);
        size_t n = 0;
        for (const char *s = t->fn->name; *s && n + 1 < size; s++)
            buf[n++] = *s;
        buf[n] = 0;
        return 1;
    }
    return coil__generator_name(tasks->stacks, stack_index, buf, size, file, line);
}

int coil__tasks_make(coil_loop *loop, struct coil__tasks **ret_tasks)
{
    if (!loop)
        return -COIL_ENOLOOP;
    if (loop->closed)
        return -COIL_ELOOPCLOSED;
    struct coil__tasks *tasks = coil__calloc(1, sizeof *tasks);
    if (!tasks)
        return -ENOMEM;
    int err = coil__stack_pool_new(loop->stack_size, (enum coil__stack_guard)loop->stack_guard,
                                   &tasks->stacks);
    if (err < 0)
        goto free_tasks;
    err = coil__overflow_watch(tasks->stacks, overflow_name, tasks);
    if (err < 0)
        goto free_stacks;
    tasks->loop = loop;
    coil__list_init(&tasks->generators);
    coil__list_init(&tasks->hands);
    coil__slab_init(&tasks->slab, sizeof(struct coil__task), coil__loop_generation_seed(loop));
    coil__slab_init(&tasks->futures, sizeof(struct coil__future), coil__loop_generation_seed(loop));
    err = coil__sleepers_make(tasks);
    if (err < 0)
        goto unwatch;
    loop->tasks = tasks;
    loop->before_close = done;
    loop->context_of = coil__task_context_slot;
    loop->describe = coil__task_describe;
    *ret_tasks = tasks;
    return 0;

unwatch:
    coil__overflow_unwatch(tasks->stacks);
free_stacks:
    coil__stack_pool_free(tasks->stacks);
free_tasks:
    coil__free(tasks);
    return err;
}

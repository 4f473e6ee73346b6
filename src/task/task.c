/* task/task.c: the life of a task: made, queued, switched to, ended, given back.
 *
 * Who runs: the loop's stack runs callbacks and starts the first task of a stretch; a task that suspends
 * switches straight to the next one when the next ready node is a task too, so a stretch of tasks costs one
 * switch each. A stack is given back from the context that runs next (tasks->reap), never from itself.
 *
 * References of a task: one for the loop until it has ended, one for the creator's handle (base.owned),
 * one for each awaiter, coil_task_ref's. The header goes back to the slab with the last.
 */
#include "task/task.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "base/memory.h"
#include "task/tasks.h"

static atomic_uint automatic_names; /* process-wide, as in asyncio */

/* ---------------------------------------------------------------- switching ---- */

static void run_ready(struct coil__ready *node);

/* Gives the stack of the task that ended before this context went on. */
static void reap(struct coil__tasks *tasks)
{
    struct coil__task *t = tasks->reap;
    if (!t)
        return;
    tasks->reap = NULL;
    if (!t->base.landing)
        coil__task_drop_stack(tasks, t);
    coil__awaitable_unref(tasks->loop, &t->base);
}

static void become(struct coil__task *t)
{
    coil__here.task = t;
    coil__error_use_slot(t ? &t->base.error : NULL);
}

/* The context that runs after this one: who started us eagerly, the next ready task, or the loop. */
static struct coil__coro *next_context(struct coil__tasks *tasks, struct coil__task *self)
{
    if (self->eager_back) {
        struct coil__coro *back = self->eager_back;
        self->eager_back = NULL;
        return back; /* whoever it is makes itself current again */
    }
    struct coil__ready *node = tasks->loop->now;
    if (!node && coil__loop_roll(tasks->loop))
        node = tasks->loop->now;
    if (node && node->run == run_ready) {
        tasks->loop->now = node->next;
        struct coil__task *t = COIL__CONTAINER(node, struct coil__task, ready);
        t->kind = NULL;
        become(t);
        return &t->coro;
    }
    become(NULL);
    return &tasks->loop_coro;
}

void coil__task_switch_out(struct coil__task *self)
{
    struct coil__tasks *tasks = coil__tasks_of(coil__here.loop);
    struct coil__coro *next = next_context(tasks, self);
    if (next != &self->coro)
        coil__coro_switch(&self->coro, next);
    reap(tasks);
}

/* The loop runs a task's turn: from the loop's stack. */
static void run_ready(struct coil__ready *node)
{
    struct coil__task *t = COIL__CONTAINER(node, struct coil__task, ready);
    struct coil__tasks *tasks = coil__tasks_of(coil__here.loop);
    t->kind = NULL;
    become(t);
    coil__coro_switch(&tasks->loop_coro, &t->coro);
    reap(tasks);
}

/* Runs a new task at once, until it suspends for the first time or ends. */
static void run_eagerly(struct coil__tasks *tasks, struct coil__task *t)
{
    struct coil__task *creator = coil__here.task;
    struct coil__coro *here = creator ? &creator->coro : &tasks->loop_coro;
    t->eager_back = here;
    become(t);
    coil__coro_switch(here, &t->coro);
    become(creator);
    reap(tasks);
}

/* ---------------------------------------------------------------- the end ---- */

/* A status and what the task still owed decide the outcome: a cancellation that was not delivered beats a success. */
static void end_task(struct coil__tasks *tasks, struct coil__task *t, int status)
{
    struct coil__error *record = t->base.error;
    t->base.error = NULL;
    if (status >= 0 && t->must_cancel) {
        t->must_cancel = false;
        status = -ECANCELED;
    }
    if (status >= 0 || coil__error_code(record) != status) {
        coil__error_unref(record);
        record = NULL;
    }
    if (status == -ECANCELED && !record && t->cancel_error)
        record = coil__error_ref(t->cancel_error);
    coil__error_set(&t->cancel_error, NULL);
    if (status < 0)
        t->base.landing = 0;
    if (t->call->fn->discard)
        t->call->fn->discard(t->call->args);
    tasks->alive--;
    coil__error_use_slot(NULL);
    coil__awaitable_finish(tasks->loop, &t->base, status, record);
}

/* What every task's stack begins with; returns the context that goes on. */
static struct coil__coro *entry(void *arg)
{
    struct coil__task *t = arg;
    struct coil__tasks *tasks = coil__tasks_of(coil__here.loop);
    reap(tasks);
    int status;
    if (t->must_cancel) { /* cancelled before its first step: no line of its body runs */
        t->must_cancel = false;
        coil__error_put(coil__error_ref(t->cancel_error));
        status = -ECANCELED;
    } else {
        status = coil__call_run(t->call);
    }
    end_task(tasks, t, status);
    struct coil__coro *next = next_context(tasks, t);
    tasks->reap = t;
    return next;
}

/* ---------------------------------------------------------------- making one ---- */

/* The call object moves to the top of the stack, and the rest of the stack lies below it. */
static void lay_out(struct coil__tasks *tasks, struct coil__task *t, const coil_call *call)
{
    size_t used = offsetof(coil_call, args) + call->size;
    char *place = t->stack.top - ((sizeof(coil_call) + 15) & ~(size_t)15);
    t->call = memcpy(place, call, used);
    coil__coro_prepare(&t->coro, place, coil__stack_bottom(tasks->stacks, t->stack), entry, t);
}

static void init_header(struct coil__tasks *tasks, struct coil__task *t)
{
    struct coil__slab_head head = t->base.head;
    memset(t, 0, sizeof *t);
    t->base.head = head;
    coil__awaitable_init(&t->base, COIL__KIND_TASK);
    t->ready.run = run_ready;
    t->created = tasks->created++;
    t->loop_id = tasks->loop->id;
}

int coil__task_new(coil_loop *loop, const coil_call *call, const char *name, bool eager,
                   const char *file, int line, struct coil__task **ret_task)
{
    struct coil__tasks *tasks;
    int err = coil__tasks_get(loop, &tasks);
    if (err < 0)
        return err;
    err = coil__call_claim(call);
    if (err < 0)
        return err;
    struct coil__task *t = coil__slab_get(&tasks->slab);
    if (!t)
        return -ENOMEM;
    init_header(tasks, t);
    if (name) {
        t->name = coil__strdup(name);
        err = t->name ? 0 : -ENOMEM;
        if (err < 0)
            goto put_header;
    } else {
        t->number = atomic_fetch_add_explicit(&automatic_names, 1, memory_order_relaxed) + 1;
    }
    err = coil__stack_get(tasks->stacks, &t->stack);
    if (err < 0)
        goto free_name;
    t->file = file;
    t->line = (uint32_t)line;
    t->fn = call->fn;
    lay_out(tasks, t, call);
    if (call->fn->keep) {
        err = call->fn->keep(t->call->args);
        if (err < 0)
            goto put_stack;
    }
    t->base.landing = call->fn->land != NULL;
    t->base.refs = 2;
    t->base.owned = true;
    tasks->alive++;
    if (eager && coil__here.loop == loop)
        run_eagerly(tasks, t);
    else
        coil__loop_push(loop, &t->ready);
    *ret_task = t;
    return 0;

put_stack:
    coil__stack_put(tasks->stacks, t->stack);
free_name:
    coil__free(t->name);
put_header:
    coil__slab_put(&tasks->slab, t);
    return err;
}

/* ---------------------------------------------------------------- giving back ---- */

void coil__task_drop_stack(struct coil__tasks *tasks, struct coil__task *t)
{
    if (!t->stack.top)
        return;
    coil__stack_put(tasks->stacks, t->stack);
    t->stack.top = NULL;
    t->call = NULL;
}

void coil__task_free(struct coil__tasks *tasks, struct coil__task *t)
{
    coil__task_drop_stack(tasks, t);
    coil__free(t->name);
    coil__error_unref(t->cancel_error);
    coil__error_unref(t->base.error);
    coil__slab_put(&tasks->slab, t);
}

/* ---------------------------------------------------------------- handles ---- */

coil_task *coil__task_handle(const struct coil__task *t)
{
    return coil__handle_make(coil__here.loop ? coil__here.loop : coil__loop_by_id(t->loop_id),
                             &t->base.head);
}

int coil__task_find(const coil_task *handle, struct coil__task **ret_task)
{
    coil_loop *loop;
    int err = coil__handle_loop(handle, &loop);
    if (err < 0)
        return err;
    if (!loop->tasks)
        return -COIL_ESTALE;
    *ret_task = coil__handle_find(&coil__tasks_of(loop)->slab, handle);
    return *ret_task ? 0 : -COIL_ESTALE;
}

int coil__current_or_error(struct coil__task **ret_task)
{
    if (!coil__here.loop)
        return -COIL_ENOLOOP;
    if (!coil__here.task)
        return -COIL_ENOTASK;
    *ret_task = coil__here.task;
    return 0;
}

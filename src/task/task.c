/* task/task.c: the life of a task: made, queued, ended (switch.c), given back.
 *
 * References of a task: one for the loop until it has ended, one for the creator's handle (base.owned),
 * one for each awaiter, coil_task_ref's. The header goes back to the slab with the last.
 */
#include "task/task.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/single_threaded.h>

#include "base/memory.h"
#include "task/tasks.h"

/* ---------------------------------------------------------------- making one ---- */

/* The call object moves to the top of the stack, and the rest of the stack lies below it. */
static void lay_out(struct coil__tasks *tasks, struct coil__task *t, const coil_call *call)
{
    char *place = t->stack.top - ((sizeof(coil_call) + 15) & ~(size_t)15);
    t->call = (coil_call *)(void *)place;
    memcpy(place, call, offsetof(coil_call, args));
    if (call->size)
        memcpy(t->call->args, call->args, call->size);
    coil__coro_prepare(&t->coro, place, coil__stack_bottom(tasks->stacks, t->stack),
                       coil__task_entry, t);
}

/* Every field but the head and those that are set for each task in coil__task_new: stores, because clearing the whole costs more
 * than all the rest of a task's making. */
static void init_header(struct coil__tasks *tasks, struct coil__task *t)
{
    coil__awaitable_init(&t->base, COIL__KIND_TASK);
    t->ready.run = coil__task_run_ready;
    t->kind = NULL;
    t->subject = NULL;
    t->wait_state = COIL__WAIT_NONE;
    t->must_cancel = t->wait_cancelled = false;
    t->loop_id = tasks->loop->id;
    t->cancelling = 0;
    t->cancel_error = NULL;
    t->eager_back = NULL;
    t->waiter.link.next = NULL;
    t->timer.node.index = t->timer.node.mark = 0;
    t->group_link.next = NULL;
    t->group = NULL;
    t->created = tasks->created++;
    t->passing = 0;
}

/* The number of "Task-<number>". */
static uintptr_t next_number(void)
{
    static atomic_uintptr_t last; /* process-wide, as in asyncio */
    if (__libc_single_threaded) { /* spares the locked instruction */
        uintptr_t n = atomic_load_explicit(&last, memory_order_relaxed) + 1;
        atomic_store_explicit(&last, n, memory_order_relaxed);
        return n;
    }
    return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

int coil__task_new_in(coil_loop *loop, coil_context *context, const coil_call *call,
                      const char *name, bool eager, const char *file, int line,
                      struct coil__task **ret_task)
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
    err = coil__context_given(context, &t->context);
    if (err < 0)
        goto put_header;
    if (name) {
        t->name = (uintptr_t)coil__strdup(name);
        err = t->name ? 0 : -ENOMEM;
        if (err < 0)
            goto drop_context;
    } else {
        t->name = next_number() * 2 + 1;
    }
    err = coil__stack_get(tasks->stacks, &t->stack);
    if (err < 0)
        goto free_name;
    t->file = file;
    t->line = (uint32_t)line & 0xffffff;
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
        coil__task_run_eagerly(tasks, t);
    else
        coil__loop_push(loop, &t->ready);
    *ret_task = t;
    return 0;

put_stack:
    coil__stack_put(tasks->stacks, t->stack);
free_name:
    coil__free(coil__task_own_name(t));
drop_context:
    coil_context_unref(t->context);
put_header:
    coil__slab_put(&tasks->slab, t);
    return err;
}

/* ---------------------------------------------------------------- giving back ---- */

void coil__task_drop_stack(struct coil__tasks *tasks, struct coil__task *t)
{
    if (!t->stack.top)
        return;
    if (t->fn->discard && t->fn->land && t->base.state == COIL__DONE && t->base.status >= 0)
        t->fn->discard(t->call->args); /* the outputs have landed, or never will */
    coil__stack_put(tasks->stacks, t->stack);
    t->stack.top = NULL;
    t->call = NULL;
}

void coil__task_free(struct coil__tasks *tasks, struct coil__task *t)
{
    coil__task_drop_stack(tasks, t);
    if (coil__task_own_name(t))
        coil__free(coil__task_own_name(t));
    if (t->cancel_error)
        coil__error_unref(t->cancel_error);
    if (t->base.error)
        coil__error_unref(t->base.error);
    if (t->context)
        coil__context_clear(&t->context);
    coil__slab_put(&tasks->slab, t);
}

/* ---------------------------------------------------------------- handles ---- */

coil_task *coil__task_handle(const struct coil__task *t)
{
    return coil__handle_make(coil__here.loop ? coil__here.loop : coil__loop_by_id(t->loop_id),
                             &t->base.head);
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

/* task/task.c: the life of a task: made, queued, ended (switch.c), given back.
 *
 * References of a task: one for the loop until it has ended, one for the creator's handle (base.owned),
 * one for each awaiter, coil_task_ref's. The header goes back to the slab with the last.
 */
#include "task/task.h"

#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "task/tasks.h"

/* ---------------------------------------------------------------- making one ---- */

/* The call object moves to the top of the stack, and the rest of the stack lies below it. Word by word, as the caller wrote it a moment
 * ago: a wider load would have to wait until both of its halves are in the cache. */
static inline void move_call(coil_call *to, const coil_call *from)
{
    to->fn = from->fn;
    to->size = from->size;
    to->flags = from->flags;
    if (__builtin_expect(from->flags, 0)) {
        to->via = from->via;
        to->timeout = from->timeout;
    }
    for (size_t i = 0; i < from->size; i += sizeof(uint64_t)) {
        memcpy(to->args + i, from->args + i, sizeof(uint64_t));
        __asm__("" : "+r"(i)); /* not a call of memcpy, which costs more than a few words do */
    }
}
_Static_assert(COIL__ARG_BYTES % sizeof(uint64_t) == 0, "arguments are copied in whole words");

static inline void lay_out(struct coil__tasks *tasks, struct coil__task *t, const coil_call *call)
{
    char *place = t->stack.top - ((sizeof(coil_call) + 15) & ~(size_t)15);
    t->call = (coil_call *)(void *)place;
    move_call(t->call, call);
    coil__coro_prepare(&t->coro, place, coil__stack_bottom(tasks->stacks, t->stack),
                       coil__task_entry, t);
}

/* What no task of this slot will change. */
static inline void init_slot(struct coil__tasks *tasks, struct coil__task *t)
{
    coil__list_init(&t->base.watchers);
    t->ready.run = coil__task_run_ready;
    t->loop_id = tasks->loop->id;
}

/* The fields that a life changes and doesn't change back, but the stack and what identifies it. What is not here is zero at the end of
 * each life: nobody watches it, it waits in nothing, no timer is armed and no record is kept. */
static inline void init_header(struct coil__tasks *tasks, struct coil__task *t, const coil_fn *fn,
                               const char *file, int line)
{
    if (__builtin_expect(!t->ready.run, 0))
        init_slot(tasks, t);
    coil__awaitable_begin(&t->base, COIL__KIND_TASK, 2);
    t->base.owned = true;
    t->base.landing = fn->land != NULL;
    t->fn = fn;
    t->wait_state = COIL__WAIT_NONE;
    t->must_cancel = t->wait_cancelled = false;
    t->cancelling = 0;
    t->group = NULL;
    t->context = NULL;
    t->file = file;
    t->birth = coil__birth(line, tasks->created++);
}

static inline uintptr_t automatic_name(struct coil__tasks *tasks)
{
    return tasks->next_number++ * 2 + 1;
}

/* A name of its own (NULL: none was given), and a context: what most tasks do without. */
static __attribute__((noinline)) int identify(struct coil__task *t, coil_context *context,
                                              const char *name)
{
    int err = coil__context_given(context, &t->context);
    if (err < 0 || !name)
        return err;
    t->name = (uintptr_t)coil__strdup(name);
    if (t->name)
        return 0;
    coil_context_unref(t->context);
    return -ENOMEM;
}

static int make(coil_loop *loop, coil_context *context, const coil_call *call, const char *name,
                bool eager, const char *file, int line, struct coil__task **ret_task)
{
    struct coil__tasks *tasks = loop && !loop->closed ? coil__tasks_of(loop) : NULL, *made;
    int err;
    if (__builtin_expect(!tasks, 0)) {
        err = coil__tasks_make(loop, &made);
        if (err < 0)
            return err;
        tasks = made;
    }
    err = coil__call_claim(call);
    if (err < 0)
        return err;
    struct coil__task *t = coil__slab_get(&tasks->slab);
    if (!t)
        return -ENOMEM;
    init_header(tasks, t, call->fn, file, line);
    if (!name && tasks->next_number == tasks->end_of_numbers)
        coil__numbers_take(tasks);
    t->name = name ? 0 : automatic_name(tasks);
    if (__builtin_expect(name || context || coil__contexts_in_use(), 0)) {
        err = identify(t, context, name);
        if (err < 0)
            goto put_header;
    }
    err = coil__stack_get(tasks->stacks, &t->stack);
    if (err < 0)
        goto drop_identity;
    lay_out(tasks, t, call);
    if (__builtin_expect(call->fn->keep != NULL, 0)) {
        err = call->fn->keep(t->call->args);
        if (err < 0)
            goto put_stack;
    }
    tasks->alive++;
    if (__builtin_expect(eager, 0) && coil__here.loop == loop)
        coil__task_run_eagerly(tasks, t);
    else
        coil__loop_push(loop, &t->ready);
    *ret_task = t;
    return 0;

put_stack:
    coil__stack_put(tasks->stacks, t->stack);
drop_identity:
    coil__free(coil__task_own_name(t));
    coil_context_unref(t->context);
put_header:
    coil__slab_put(&tasks->slab, t);
    return err;
}

int coil__task_new_in(coil_loop *loop, coil_context *context, const coil_call *call,
                      const char *name, bool eager, const char *file, int line,
                      struct coil__task **ret_task)
{
    return make(loop, context, call, name, eager, file, line, ret_task);
}

static __attribute__((noinline)) coil_task *create(const coil_call *call, const char *name,
                                                   bool eager, const char *file, int line)
{
    struct coil__task *t;
    coil_loop *loop = coil__here.loop;
    coil__create_error =
        make(loop, NULL, call, name, eager || coil__tasks_eager(loop), file, line, &t);
    return coil__create_error < 0 ? NULL : coil__handle_make(loop, &t->base.head);
}

/* What most tasks are: of a call that wants nothing special, and all that they take is at hand. */
static inline bool is_plain(const struct coil__tasks *tasks, const coil_call *call)
{
    return !call->ticket && !call->flags && call->fn && !call->fn->keep && !tasks->eager &&
           tasks->next_number != tasks->end_of_numbers && tasks->slab.n_free > 0 &&
           coil__stack_at_hand(tasks->stacks) && !coil__contexts_in_use();
}

/* The same as create(), for these without a call and without a way to fail. */
coil_task *coil__public_create_task(const coil_call *call, const char *name, int eager,
                                    const char *file, int line)
{
    coil_loop *loop = coil__here.loop;
    struct coil__tasks *tasks = loop ? coil__tasks_of(loop) : NULL;
    if (__builtin_expect(!tasks || name || eager || !is_plain(tasks, call), 0))
        return create(call, name, eager, file, line);
    struct coil__task *t = coil__slab_take(&tasks->slab);
    init_header(tasks, t, call->fn, file, line);
    t->name = automatic_name(tasks);
    t->stack = coil__stack_take(tasks->stacks);
    lay_out(tasks, t, call);
    tasks->alive++;
    coil__loop_push(loop, &t->ready);
    coil__create_error = 0;
    return coil__handle_make(loop, &t->base.head);
}

/* ---------------------------------------------------------------- giving back ---- */

void coil__task_discard_outputs(struct coil__task *t)
{
    if (t->fn->land && t->base.state == COIL__DONE && t->base.status >= 0)
        t->fn->discard(t->call->args); /* the outputs have landed, or never will */
}

void coil__task_free_belongings(struct coil__task *t)
{
    coil__free(coil__task_own_name(t));
    coil__error_set(&t->cancel_error, NULL);
    coil__error_set(&t->base.error, NULL);
    if (t->context)
        coil__context_clear(&t->context);
}

/* ---------------------------------------------------------------- handles ---- */

coil_task *coil__task_handle(const struct coil__task *t)
{
    return coil__handle_make(coil__here.loop ? coil__here.loop : coil__loop_by_id(t->loop_id),
                             &t->base.head);
}

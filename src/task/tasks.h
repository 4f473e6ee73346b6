/* task/tasks.h: what the files of this room share about one loop's tasks, and nobody else needs. */
#ifndef COIL_TASK_TASKS_H
#define COIL_TASK_TASKS_H

#include "task/task.h"

/* The task part of a loop, made at the first use. Returns 0, -COIL_ENOLOOP (NULL), -COIL_ELOOPCLOSED, -ENOMEM. */
int coil__tasks_make(coil_loop *loop, struct coil__tasks **ret_tasks);
static inline int coil__tasks_get(coil_loop *loop, struct coil__tasks **ret_tasks)
{
    if (!loop || loop->closed || !loop->tasks)
        return coil__tasks_make(loop, ret_tasks);
    *ret_tasks = coil__tasks_of(loop);
    return 0;
}

/* switch.c: what a task's ready node runs; a new task's first step at once, until it suspends for the first time or ends; and what
 * its stack begins with, which returns the context that goes on. */
void coil__task_run_ready(struct coil__ready *node);
void coil__task_run_eagerly(struct coil__tasks *tasks, struct coil__task *t);
struct coil__coro *coil__task_entry(void *arg);
/* Gives the stack back, and with it the arguments: the outputs have landed, or never will. */
void coil__task_discard_outputs(struct coil__task *t);
static inline void coil__task_drop_stack(struct coil__tasks *tasks, struct coil__task *t)
{
    if (!t->stack.top)
        return;
    if (__builtin_expect(t->fn->discard != NULL, 0))
        coil__task_discard_outputs(t);
    coil__stack_put(tasks->stacks, t->stack);
    t->stack.top = NULL;
    t->call = NULL;
}
/* The first join that returns takes the creator's handle back; a group's stays with the group. */
static inline void coil__task_release_creator(coil_loop *loop, struct coil__task *t)
{
    if (!t->base.owned || t->group)
        return;
    t->base.owned = false;
    coil__awaitable_unref(loop, &t->base);
}
/* numbers.c: one number for a task of its loop, or more: next_number to end_of_numbers, which were used up. */
void coil__numbers_take(struct coil__tasks *tasks);
/* debug.c: a report about a task; and what a node of this room will run, for the loop's debug mode. */
void coil__task_report(coil_loop *loop, struct coil__task *t, const char *message, int error,
                       const char *error_message);
/* For debug mode: remembers a stored call, and tells those that nobody has used when the loop closes. */
void coil__debug_note_call(coil_loop *loop, const coil_call *call, const char *file, int line);
void coil__debug_tell_calls(coil_loop *loop);
bool coil__call_is_unused(uint32_t ticket); /* call.c */
bool coil__task_describe(struct coil__ready *node, char *buf, size_t size);
/* context.c: where a task's context is. */
coil_context **coil__task_context_slot(void *task);
/* The last reference has gone. What most tasks have left as it was: their name, no error, no cancellation, no context. */
static inline bool coil__task_has_belongings(const struct coil__task *t)
{
    return !(t->name & 1) || t->cancel_error || t->base.error || t->context;
}
void coil__task_free_belongings(struct coil__task *t);
static inline void coil__task_free(struct coil__tasks *tasks, struct coil__task *t)
{
    coil__task_drop_stack(tasks, t);
    if (__builtin_expect(coil__task_has_belongings(t), 0))
        coil__task_free_belongings(t);
    coil__slab_put(&tasks->slab, t);
}

/* The tasks that have not ended, in order of creation, in an array for coil__free. Returns how many, -ENOMEM. */
int coil__tasks_alive(coil_loop *loop, struct coil__task ***ret_array);

/* What stands behind a future that somebody else settles (a pool's job). Embedded in that somebody. */
struct coil__backing {
    void (*cancelled)(struct coil__backing *b); /* the future was cancelled just now              */
    void (*land)(struct coil__backing *b);      /* a success is fetched: outputs go to the caller */
    void (*drop)(struct coil__backing *b);      /* the future goes                                */
};

/* A future, from inside. */
struct coil__future {
    struct coil__awaitable base;
    void *value;
    struct coil__gathering
        *gathering; /* what cancelling and landing mean for a gather's future; or NULL */
    struct coil__backing *backing; /* the same for a future that a pool's job settles; or NULL */
};
/* Makes a pending one with one reference, the creator's; NULL when out of memory. */
struct coil__future *coil__future_new(coil_loop *loop);
/* Lets go of what stands behind it: a gather, a job, a shield. */
void coil__future_let_go(struct coil__future *f);
int coil__future_find(const coil_future *handle, struct coil__future **ret_future,
                      coil_loop **ret_loop);
coil_future *coil__future_handle(coil_loop *loop, const struct coil__future *f);

/* What the last failed create of this thread returned, for coil_await(NULL) and coil_future_await(NULL). */
extern __thread int coil__create_error __attribute__((tls_model("initial-exec")));
static inline void *coil__create_failed(int err)
{
    coil__create_error = err;
    return NULL;
}
/* Takes it: what to return for a NULL handle. */
int coil__create_reason(const char *caller);

/* The awaitable behind a call of coil_await or coil_future_await (*ret, with its loop the running one), so that
 * gather and wait_for join it instead of wrapping it. 0 when the call is neither; negative for a bad handle. */
int coil__call_awaitable(const coil_call *call, struct coil__awaitable **ret);

/* Runs the loop, which has been entered, until t is done or somebody stops it, and lets t go. Returns its outcome, or why there is none. */
int coil__run_task(coil_loop *loop, struct coil__task *t);
/* Ends a request: what the task is told, -ECANCELED with the message of the request, or none at all. */
int coil__deliver_cancel(struct coil__task *t);
/* Cancels it and waits for its end, without taking its outcome: 0, or -ECANCELED when the caller was cancelled. */
int coil__cancel_and_wait(struct coil__awaitable *a);
/* What coil__await is suspended in; and waits for the end of something that lie in no queue of grants. */
extern const struct coil__wait_kind coil__await_kind, coil__done_kind;
/* Suspends until it is done, leaving it alone when the caller is cancelled: 0 or -ECANCELED. */
int coil__wait_done(struct coil__awaitable *a);
/* The same, a turn later (two when it is done already): as if a future were between the two, which a callback settles. */
int coil__wait_end(struct coil__awaitable *a);

/* A list of done-callbacks registered by users lives with callbacks.c of this room. */
int coil__add_done_callback(coil_loop *loop, struct coil__awaitable *a, coil_context *context,
                            int (*fn)(void *, void *), void *arg);
int coil__remove_done_callback(struct coil__awaitable *a, int (*fn)(void *, void *), void *arg);
/* Frees those who watch and will never be told: the loop is closing. */
void coil__drop_watchers(struct coil__awaitable *a);
/* The same for one that was to be told in a coming turn; leaves other nodes alone. */
bool coil__done_callback_discard(struct coil__ready *node);

static inline struct coil__task *coil__as_task(struct coil__awaitable *a)
{
    return (struct coil__task *)(void *)a;
}
static inline struct coil__future *coil__as_future(struct coil__awaitable *a)
{
    return (struct coil__future *)(void *)a;
}
void *coil__awaitable_handle(coil_loop *loop, struct coil__awaitable *a);

#endif

/* coil/context.h: context variables: values that follow a task, as contextvars does it.
 *
 *     static coil_context_var request_id = COIL_CONTEXT_VAR("request_id");
 *
 *     err = coil_context_var_set(&request_id, id);      for this task, and for what it starts from now on
 *     id = coil_context_var_get(&request_id);           anywhere below, without passing it on
 *
 * A context maps variables to values. Each task has one of its own: a copy of its creator's at the moment of its creation, so
 * what it sets is not seen outside. A plain call shares its caller's. Callbacks (coil_call_soon and its like, readers,
 * signal handlers, done callbacks) run in a copy taken when they were registered; coil_to_thread and coil_pool_run
 * carry a copy into the thread, coil_run_in_executor does not. A thread outside of any loop has a context too: the main
 * task starts with a copy of it. Copying is cheap, and a program that sets no variable pays nothing.
 *
 * A variable is a struct of yours that outlives every context with a value of it: make it static.
 * Values are pointers. With a `destroy` function Coil owns them: it is called once the last context and token that has the
 * value is gone, in whichever thread that happens, and must not suspend.
 */
#ifndef COIL_CONTEXT_H
#define COIL_CONTEXT_H

#include "coil/group.h"
#include "coil/loop.h"
#include "coil/run.h"
#include "coil/task.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- variables ---- */

typedef struct coil_context_var {
    const char *name;
    void *initial;                /* what it is where nothing was set         */
    int has_initial;              /* 0: then it is not set at all             */
    void (*destroy)(void *value); /* of values that were set; NULL: not owned */
} coil_context_var;

/* Initialises a variable without a default.
 * From: any thread. Suspends: no. Cancel: not applicable. */
#define COIL_CONTEXT_VAR(name) \
    {                          \
        (name), NULL, 0, NULL  \
    }
/* Initialises a variable with a default, which is not owned.
 * From: any thread. Suspends: no. Cancel: not applicable. */
#define COIL_CONTEXT_VAR_DEFAULT(name, value) \
    {                                         \
        (name), (value), 1, NULL              \
    }
/* Initialises a variable whose values are owned: destroy(value) ends each.
 * From: any thread. Suspends: no. Cancel: not applicable. */
#define COIL_CONTEXT_VAR_OWNED(name, destroy) \
    {                                         \
        (name), NULL, 0, (destroy)            \
    }

/* What undoes one set. Yours; zero it or let coil_context_var_set_token fill it. */
typedef struct coil_context_token {
    coil_context_var *coil__var;
    void *coil__old;
    unsigned long long coil__context;
    int coil__used;
} coil_context_token;

/* Gives the variable's value in the current context, else its default, else NULL.
 * From: any thread. Suspends: no. Cancel: not applicable. */
void *coil_context_var_get(const coil_context_var *var);

/* Gives its value in the current context, else `fallback`, whatever the default: var.get(fallback).
 * From: any thread. Suspends: no. Cancel: not applicable. */
void *coil_context_var_get_or(const coil_context_var *var, void *fallback);

/* Gives its value or its default in *ret_value and 0, or -ENOENT when it has neither: LookupError.
 * From: any thread. Suspends: no. Cancel: not applicable. */
int coil_context_var_lookup(const coil_context_var *var, void **ret_value);

/* Sets the variable in the current context. Returns 0, -EINVAL for a NULL variable, or -ENOMEM: then the value stays the caller's.
 * From: any thread. Suspends: no. Cancel: not applicable. */
int coil_context_var_set(coil_context_var *var, void *value);

/* The same, and fills a token for coil_context_var_reset; one that will not be used is given back by coil_context_token_drop.
 * Returns as coil_context_var_set. From: any thread. Suspends: no. Cancel: not applicable. */
int coil_context_var_set_token(coil_context_var *var, void *value, coil_context_token *ret_token);

/* Puts back what the variable was before the set that gave the token; the token is used then. Returns 0, -COIL_EINVALIDSTATE
 * for a token that was used or dropped, -EINVAL for one of another variable or another context, -ENOMEM.
 * From: any thread. Suspends: no. Cancel: not applicable. */
int coil_context_var_reset(coil_context_var *var, coil_context_token *token);

/* Gives a token back unused. Idempotent. From: any thread. Suspends: no. Cancel: not applicable. */
void coil_context_token_drop(coil_context_token *token);

/* ---------------------------------------------------------------- contexts ---- */

/* A context as an object, counted. One thread at a time may use it. */
typedef struct coil_context coil_context;

/* Makes an empty context. Returns it (the caller's to give back), or NULL without memory.
 * From: any thread. Suspends: no. Cancel: not applicable. */
COIL__NODISCARD coil_context *coil_context_new(void);

/* Copies the current context: copy_context(). Returns as coil_context_new.
 * From: any thread. Suspends: no. Cancel: not applicable. */
COIL__NODISCARD coil_context *coil_context_copy(void);

/* Copies that context. Returns as coil_context_new; NULL for NULL.
 * From: any thread. Suspends: no. Cancel: not applicable. */
COIL__NODISCARD coil_context *coil_context_copy_of(const coil_context *context);

/* Takes another reference. Returns the context. From: any thread. Suspends: no. Cancel: not applicable. */
coil_context *coil_context_ref(coil_context *context);
/* Gives a reference back. NULL is fine. From: any thread. Suspends: no. Cancel: not applicable. */
void coil_context_unref(coil_context *context);

/* Gives the variable's value in that context and 0, or -ENOENT when it is not set there: context[var].
 * From: any thread. Suspends: no. Cancel: not applicable. */
int coil_context_get(const coil_context *context, const coil_context_var *var, void **ret_value);

/* Tells how many variables are set in that context.
 * From: any thread. Suspends: no. Cancel: not applicable. */
int coil_context_size(const coil_context *context);

typedef int (*coil_context_visitor)(const coil_context_var *var, void *value, void *arg);
/* Calls fn for each variable that is set in that context when this begins, in no particular order, until it gives a negative code.
 * Returns that, or 0; -EINVAL for NULL. From: any thread. Suspends: no. Cancel: not applicable. */
int coil_context_each(const coil_context *context, coil_context_visitor fn, void *arg);

/* Runs a call in this task (or thread) with that context as the current one: what the call sets stays in the context.
 * `err = coil_context_run(context, log_in(user));` or `coil_apply(fn, arg)`. Returns what the call returns;
 * -COIL_EINVALIDSTATE when the context is entered already, -EINVAL for NULL.
 * From: any thread. Suspends: yes, when the call does. Cancel: as the call does. */
#define coil_context_run(context, call) coil__public_context_run((context), COIL__REF(call))
COIL__NODISCARD int coil__public_context_run(coil_context *context, const coil_call *call);
COIL__NODISCARD coil_call coil__async_coil__public_context_run(coil_context *context,
                                                               const coil_call *call);

/* ---------------------------------------------------------------- starting things in a context ---- */

/* The calls below are those without `_in_context`, but what they start runs in the given context itself, not in a copy of the current one.
 * They keep a reference. NULL stands for a copy of the current context. */

/* Starts a task. From: loop thread. Suspends: no. Cancel: not applicable. */
#define coil_create_task_in_context(context, call) \
    coil__public_create_task_in((context), COIL__REF(call), __FILE__, __LINE__)
COIL__NODISCARD coil_task *coil__public_create_task_in(coil_context *context, const coil_call *call,
                                                       const char *file, int line);

/* Starts a task of a group. From: loop thread. Suspends: no. Cancel: not applicable. */
#define coil_group_create_task_in_context(g, context, call) \
    coil__public_group_create_task_in((g), (context), COIL__REF(call), __FILE__, __LINE__)
coil_task *coil__public_group_create_task_in(coil_group *g, coil_context *context,
                                             const coil_call *call, const char *file, int line);

/* Runs a call by a runner. From: loop thread. Suspends: no. Cancel: not applicable. */
#define coil_runner_run_in_context(runner, context, call) \
    coil__public_runner_run_in((runner), (context), COIL__C(call), __FILE__, __LINE__)
COIL__NODISCARD int coil__public_runner_run_in(coil_runner *runner, coil_context *context,
                                               coil_call call, const char *file, int line);

/* Has fn(arg) called in the next turn. From: loop thread. Suspends: no. Cancel: not applicable. */
coil_handle *coil_call_soon_in_context(coil_context *context, coil_callback fn, void *arg);
/* Has fn(arg) called after `seconds`. From: loop thread. Suspends: no. Cancel: not applicable. */
coil_handle *coil_call_later_in_context(coil_context *context, double seconds, coil_callback fn,
                                        void *arg);
/* Has fn(arg) called at `when`, in seconds. From: loop thread. Suspends: no. Cancel: not applicable. */
coil_handle *coil_call_at_in_context(coil_context *context, double when, coil_callback fn,
                                     void *arg);
/* Has fn(arg) called by a loop of another thread. The context must not be used here until then.
 * From: any thread. Suspends: no. Cancel: not applicable. */
int coil_call_soon_threadsafe_in_context(coil_loop *loop, coil_context *context, coil_callback fn,
                                         void *arg);
/* Adds a task's done callback. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_task_add_done_callback_in_context(coil_task *t, coil_context *context,
                                           coil_task_callback fn, void *arg);

/* Gives the context that t runs in: task.get_context(). Returns it (the caller's to give back), or NULL for a bad handle or without
 * memory. From: loop thread. Suspends: no. Cancel: not applicable. */
COIL__NODISCARD coil_context *coil_task_context(coil_task *t);

#ifdef __cplusplus
}
#endif
#endif

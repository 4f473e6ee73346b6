/* loop/context.c: contexts and context variables. What runs in a context is the task room's (task/context.c). */
#include "loop/context.h"

#include <errno.h>
#include <pthread.h>

#include "base/memory.h"
#include "base/sys.h"

atomic_bool coil__contexts_used;
__thread coil_context *coil__context_of_thread __attribute__((tls_model("initial-exec")));

/* ---------------------------------------------------------------- boxes ---- */

static coil_context *new_box(struct coil__vars *vars)
{
    static atomic_ullong serials;
    coil_context *c = coil__calloc(1, sizeof *c);
    if (!c)
        return NULL;
    atomic_init(&c->refs, 1);
    c->vars = coil__vars_ref(vars);
    c->serial = atomic_fetch_add_explicit(&serials, 1, memory_order_relaxed) + 1;
    return c;
}

coil_context *coil_context_new(void)
{
    return new_box(NULL);
}

coil_context *coil_context_copy(void)
{
    coil_context *current = *coil__context_slot();
    return new_box(current ? current->vars : NULL);
}

coil_context *coil_context_copy_of(const coil_context *context)
{
    return context ? new_box(context->vars) : NULL;
}

coil_context *coil_context_ref(coil_context *c)
{
    if (c)
        atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    return c;
}

void coil_context_unref(coil_context *c)
{
    if (!c || atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
        return;
    coil__vars_unref(c->vars);
    coil__free(c);
}

void coil__context_clear(coil_context **slot)
{
    coil_context *c = *slot;
    *slot = NULL;
    while (c) {
        coil_context *outside = NULL;
        if (atomic_load(&c->entered) && c->entered_in == slot) {
            outside = c->outside;
            c->outside = NULL;
            atomic_store(&c->entered, false);
        }
        coil_context_unref(c);
        c = outside;
    }
}

int coil__context_copy_current(coil_context **ret_context)
{
    coil_context *current = *coil__context_slot();
    if (!current || !current->vars)
        return 0;
    *ret_context = new_box(current->vars);
    return *ret_context ? 0 : -ENOMEM;
}

/* ---------------------------------------------------------------- the thread's own ---- */

static pthread_key_t end_key;
static pthread_once_t end_once = PTHREAD_ONCE_INIT;
static bool end_is_watched; /* false: the key could not be made, and the thread's context stays */

static void thread_ends(void *unused)
{
    (void)unused;
    coil__context_leave(NULL);
}

static void watch_ends(void)
{
    end_is_watched = coil__sys_pthread_key_create(&end_key, thread_ends) == 0;
}

/* The current context, made when there is none; NULL when out of memory. */
static coil_context *current_box(void)
{
    coil_context **slot = coil__context_slot();
    if (*slot)
        return *slot;
    *slot = new_box(NULL);
    if (*slot && slot == &coil__context_of_thread) {
        pthread_once(&end_once, watch_ends);
        if (end_is_watched)
            pthread_setspecific(end_key, *slot); /* any value but NULL */
    }
    return *slot;
}

/* ---------------------------------------------------------------- looking ---- */

static struct coil__value *find(const coil_context_var *var)
{
    coil_context *current = *coil__context_slot();
    return current ? coil__vars_find(current->vars, var) : NULL;
}

void *coil_context_var_get(const coil_context_var *var)
{
    struct coil__value *v = var ? find(var) : NULL;
    if (v)
        return coil__value_of(v);
    return var ? var->initial : NULL;
}

void *coil_context_var_get_or(const coil_context_var *var, void *fallback)
{
    struct coil__value *v = var ? find(var) : NULL;
    return v ? coil__value_of(v) : fallback;
}

int coil_context_var_lookup(const coil_context_var *var, void **ret_value)
{
    if (!var || !ret_value)
        return -EINVAL;
    struct coil__value *v = find(var);
    if (!v && !var->has_initial)
        return -ENOENT;
    *ret_value = v ? coil__value_of(v) : var->initial;
    return 0;
}

int coil_context_get(const coil_context *context, const coil_context_var *var, void **ret_value)
{
    if (!context || !var || !ret_value)
        return -EINVAL;
    struct coil__value *v = coil__vars_find(context->vars, var);
    if (!v)
        return -ENOENT;
    *ret_value = coil__value_of(v);
    return 0;
}

int coil_context_size(const coil_context *context)
{
    return context ? (int)coil__vars_count(context->vars) : -EINVAL;
}

int coil_context_each(const coil_context *context, coil_context_visitor fn, void *arg)
{
    if (!context || !fn)
        return -EINVAL;
    struct coil__vars *vars = coil__vars_ref(context->vars); /* fn may set variables */
    int err = 0;
    for (size_t i = 0; i < coil__vars_count(vars) && err >= 0; i++) {
        struct coil__value *v;
        const coil_context_var *var = coil__vars_at(vars, i, &v);
        err = fn(var, coil__value_of(v), arg);
    }
    coil__vars_unref(vars);
    return err < 0 ? err : 0;
}

/* ---------------------------------------------------------------- setting ---- */

/* Has the variable be `v` in the current context (NULL: not set), and gives what it was, with its reference, or NULL. */
static int replace(coil_context *c, const coil_context_var *var, struct coil__value *v,
                   struct coil__value **ret_old)
{
    struct coil__vars *with;
    int err = coil__vars_with(c->vars, var, v, &with);
    if (err < 0)
        return err;
    struct coil__vars *before = c->vars;
    *ret_old = coil__value_ref(coil__vars_find(before, var));
    c->vars = with;
    coil__vars_unref(before); /* may call a destroy function, which may look at the context */
    return 0;
}

int coil_context_var_set_token(coil_context_var *var, void *value, coil_context_token *ret_token)
{
    if (!var)
        return -EINVAL;
    coil_context *c = current_box();
    struct coil__value *v = c ? coil__value_new(value, var->destroy) : NULL;
    if (!v)
        return -ENOMEM;
    struct coil__value *old;
    int err = replace(c, var, v, &old);
    if (err < 0) {
        coil__value_disown(v);
        return err;
    }
    coil__value_unref(v); /* the map has its own reference */
    atomic_store_explicit(&coil__contexts_used, true, memory_order_relaxed);
    if (ret_token)
        *ret_token = (coil_context_token){var, old, c->serial, 0};
    else
        coil__value_unref(old);
    return 0;
}

int coil_context_var_set(coil_context_var *var, void *value)
{
    return coil_context_var_set_token(var, value, NULL);
}

int coil_context_var_reset(coil_context_var *var, coil_context_token *token)
{
    if (!var || !token)
        return -EINVAL;
    if (token->coil__used || !token->coil__var)
        return -COIL_EINVALIDSTATE;
    coil_context *c = *coil__context_slot();
    if (token->coil__var != var || !c || c->serial != token->coil__context)
        return -EINVAL;
    struct coil__value *now;
    int err = replace(c, var, token->coil__old, &now);
    if (err < 0)
        return err;
    coil__value_unref(now);
    coil_context_token_drop(token);
    return 0;
}

void coil_context_token_drop(coil_context_token *token)
{
    if (!token || token->coil__used || !token->coil__var)
        return;
    token->coil__used = 1;
    coil__value_unref(token->coil__old);
    token->coil__old = NULL;
}

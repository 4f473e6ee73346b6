/* places/context.h: the rows of context variables.
 *
 * Part of contract_places.c, which says what a row is. `a` holds the objects.
 */

static coil_context_var a_var = COIL_CONTEXT_VAR("a_var");
static coil_context_token a_token;

/* A context that is made for one call, and given back. */
static enum outcome of_context(coil_context *context)
{
    coil_context_unref(context);
    return of_pointer(context);
}

static enum outcome call_coil_context_run(void)
{
    coil_context *context = coil_context_new();
    enum outcome outcome = of_status(coil_context_run(context, coil_apply(rest_if_possible, NULL)));
    coil_context_unref(context);
    return outcome;
}

static enum outcome call_coil_context_copy_of(void)
{
    coil_context *context = coil_context_new();
    enum outcome outcome = of_context(coil_context_copy_of(context));
    coil_context_unref(context);
    return outcome;
}

static int visit(const coil_context_var *var, void *value, void *arg)
{
    (void)var, (void)value, (void)arg;
    return 0;
}

static int with_context(int (*use)(coil_context *context))
{
    coil_context *context = coil_context_new();
    int status = use(context);
    coil_context_unref(context);
    return status;
}

static int size_of(coil_context *context)
{
    return coil_context_size(context);
}

static int each_of(coil_context *context)
{
    return coil_context_each(context, visit, NULL);
}

static int get_of(coil_context *context)
{
    void *value;
    int err = coil_context_get(context, &a_var, &value);
    return err == -ENOENT ? 0 : err;
}

static int ref_of(coil_context *context)
{
    coil_context_unref(coil_context_ref(context));
    return 0;
}

/* Sets it and puts it back, which leaves nothing in the thread but an empty context. */
static int set_and_reset(void)
{
    coil_context_token token;
    int err = coil_context_var_set_token(&a_var, &a_var, &token);
    return err < 0 ? err : coil_context_var_reset(&a_var, &token);
}

static int set_again(void)
{
    coil_context_token token;
    int err = coil_context_var_set_token(&a_var, &a_var, &token);
    if (err >= 0)
        err = coil_context_var_set(&a_var, NULL);
    return err < 0 ? err : coil_context_var_reset(&a_var, &token);
}

static int lookup(void)
{
    void *value;
    int err = coil_context_var_lookup(&a_var, &value);
    return err == -ENOENT ? 0 : err;
}

POINTER(coil_context_var_get, coil_context_var_get(&a_var) ? NULL : &a_var)
POINTER(coil_context_var_get_or, coil_context_var_get_or(&a_var, &a_var))
STATUS(coil_context_var_lookup, lookup())
STATUS(coil_context_var_set, set_again())
STATUS(coil_context_var_set_token, set_and_reset())
STATUS(coil_context_var_reset, set_and_reset())
NOTHING(coil_context_token_drop, coil_context_token_drop(&a_token))
static enum outcome call_coil_context_new(void)
{
    return of_context(coil_context_new());
}
static enum outcome call_coil_context_copy(void)
{
    return of_context(coil_context_copy());
}
STATUS(coil_context_ref, with_context(ref_of))
NOTHING(coil_context_unref, coil_context_unref(NULL))
STATUS(coil_context_get, with_context(get_of))
STATUS(coil_context_size, with_context(size_of))
STATUS(coil_context_each, with_context(each_of))
static enum outcome call_coil_create_task_in_context(void)
{
    return unref_task(coil_create_task_in_context(NULL, moment()));
}
POINTER(coil_group_create_task_in_context,
        coil_group_create_task_in_context(&a.group, NULL, moment()))
STATUS(coil_runner_run_in_context, coil_runner_run_in_context(a.runner, NULL, moment()))
POINTER(coil_call_soon_in_context, coil_call_soon_in_context(NULL, nothing, NULL))
POINTER(coil_call_later_in_context, coil_call_later_in_context(NULL, 0, nothing, NULL))
POINTER(coil_call_at_in_context, coil_call_at_in_context(NULL, 0, nothing, NULL))
STATUS(coil_call_soon_threadsafe_in_context,
       coil_call_soon_threadsafe_in_context(a.loop, NULL, nothing, NULL))
STATUS(coil_task_add_done_callback_in_context,
       coil_task_add_done_callback_in_context(a.task, NULL, nothing_for_task, NULL))
static enum outcome call_coil_task_context(void)
{
    return of_context(coil_task_context(a.task));
}

static const struct row context_rows[] = {
    BARE(coil_context_var_get),
    BARE(coil_context_var_get_or),
    BARE(coil_context_var_lookup),
    BARE(coil_context_var_set),
    BARE(coil_context_var_set_token),
    BARE(coil_context_var_reset),
    BARE(coil_context_token_drop),
    BARE(coil_context_new),
    BARE(coil_context_copy),
    BARE(coil_context_copy_of),
    BARE(coil_context_ref),
    BARE(coil_context_unref),
    BARE(coil_context_get),
    BARE(coil_context_size),
    BARE(coil_context_each),
    SUSPENDS(coil_context_run),
    BARE(coil_create_task_in_context),
    OBJECT(coil_group_create_task_in_context),
    OBJECT(coil_runner_run_in_context),
    BARE(coil_call_soon_in_context),
    BARE(coil_call_later_in_context),
    BARE(coil_call_at_in_context),
    OBJECT(coil_call_soon_threadsafe_in_context),
    OBJECT(coil_task_add_done_callback_in_context),
    OBJECT(coil_task_context),
    {NULL, NULL, 0, 0},
};

/* tokens: used twice, of another variable, of another context; a context that is entered refuses run; lookup without a value; get with a fallback */
#include "said.h"

static coil_context_var a = COIL_CONTEXT_VAR("a"), b = COIL_CONTEXT_VAR_DEFAULT("b", "b0");
static coil_context_token token, second;
static coil_context *ctx;

static void attempt(const char *label, int err)
{
    const char *name = err == -ENOENT               ? "LookupError"
                       : err == -COIL_EINVALIDSTATE ? "RuntimeError"
                                                    : said(err);
    printf("%s %s\n", label, name);
}

static int reset_token(void *arg)
{
    (void)arg;
    return coil_context_var_reset(&a, &token);
}

static int nothing(void *arg)
{
    (void)arg;
    return 0;
}

static int enter_again(void *arg)
{
    return coil_context_run(ctx, coil_apply(nothing, arg));
}

static int in_empty(void *label)
{
    printf("%s %s\n", (const char *)label, (const char *)coil_context_var_get_or(&a, "nothing"));
    return 0;
}

COIL_ASYNC(child)
{
    coil_context *mine = coil_task_context(coil_current_task());
    printf("child %s %d\n", (const char *)coil_context_var_get(&a), mine == ctx);
    coil_context_unref(mine);
    MUST(coil_sleep(0));
    return coil_context_var_set(&a, "by child");
}

COIL_ASYNC(amain)
{
    void *value = NULL;
    attempt("lookup", coil_context_var_lookup(&a, &value));
    printf("fallback %s\n", (char *)coil_context_var_get_or(&a, "fallback"));
    printf("default %s\n", (char *)coil_context_var_get(&b));
    printf("fallback first %s\n", (char *)coil_context_var_get_or(&b, "fallback"));
    MUST(coil_context_var_set_token(&a, "one", &token));
    MUST(coil_context_var_set_token(&a, "two", &second));
    attempt("other variable", coil_context_var_reset(&b, &token));
    ctx = coil_context_copy();
    attempt("other context", coil_context_run(ctx, coil_apply(reset_token, NULL)));
    MUST(coil_context_var_reset(&a, &second));
    printf("%s\n", (char *)coil_context_var_get(&a));
    /* Python says RuntimeError for a used token */
    attempt("used", coil_context_var_reset(&a, &second));
    MUST(coil_context_var_reset(&a, &token));
    attempt("unset again", coil_context_var_lookup(&a, &value));
    MUST(coil_context_get(ctx, &a, &value));
    printf("%s %d %d\n", (char *)value, coil_context_size(ctx),
           coil_context_get(ctx, &b, &value) >= 0);
    attempt("entered", coil_context_run(ctx, coil_apply(enter_again, NULL)));
    coil_context *empty = coil_context_new();
    MUST(coil_context_run(empty, coil_apply(in_empty, "empty")));
    coil_context_unref(empty);
    MUST(coil_await(coil_create_task_in_context(ctx, child())));
    MUST(coil_context_get(ctx, &a, &value));
    printf("%s\n", (char *)value);
    coil_context_unref(ctx);
    return 0;
}
COIL_MAIN(amain())

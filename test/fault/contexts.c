/* What tasks carry along and who is told of them: context variables, timers, handlers of errors, debug mode, futures and queues
 * of all kinds. */
#include "walk.h"

/* The first error of several. */
static int first(int err, int other)
{
    return err < 0 ? err : other;
}

/* ---------------------------------------------------------------- context variables ---- */

static void drop(void *value)
{
    free(value);
}

static coil_context_var plain = COIL_CONTEXT_VAR("plain");
static coil_context_var owned = COIL_CONTEXT_VAR_OWNED("owned", drop);

/* Values are taken over only on success. */
static int set_owned(const char *text)
{
    char *copy = strdup(text);
    int err = copy ? coil_context_var_set(&owned, copy) : -ENOMEM;
    if (err < 0)
        free(copy);
    return err;
}

COIL_ASYNC(see, (const char *, ret, out))
{
    int err = coil_yield_now();
    *ret = coil_context_var_get(&plain);
    return err;
}

static int nothing(void *arg)
{
    (void)arg;
    return 0;
}

COIL_ASYNC(in_context)
{
    const char *seen = NULL;
    int err = coil_context_var_set(&plain, "inside");
    return first(err, first(set_owned("one"), see(&seen)));
}

COIL_ASYNC(use_contexts)
{
    const char *a = NULL, *b = NULL;
    coil_context_token token;
    int err = coil_context_var_set_token(&plain, "outside", &token);
    if (err < 0)
        return err;
    err = set_owned("two");
    coil_context *c = coil_context_copy(), *empty = coil_context_new();
    coil_task *t = c ? coil_create_task_in_context(c, see(&a)) : NULL;
    coil_handle *h = c ? coil_call_soon_in_context(c, nothing, NULL) : NULL;
    err = first(err, t && h && empty ? 0 : -ENOMEM);
    if (t)
        err = first(err, coil_await(t));
    if (empty)
        err = first(err, coil_context_run(empty, in_context()));
    err = first(err, see(&b));
    if (err >= 0 && (strcmp(a, "outside") != 0 || strcmp(b, "outside") != 0))
        err = -EBADMSG;
    coil_context_unref(empty);
    coil_context_unref(c);
    int reset = coil_context_var_reset(&plain, &token);
    coil_context_token_drop(&token);
    return first(err, reset);
}

/* ---------------------------------------------------------------- timers ---- */

enum { TIMERS = 200 };

static int count(void *arg)
{
    ++*(int *)arg;
    return 0;
}

COIL_ASYNC(use_timers)
{
    int n = 0, set = 0;
    for (int i = 0; i < TIMERS; i++)
        set += coil_call_later(0.0001 * (i % 7), count, &n) != NULL;
    int err = coil_sleep(0.001);
    while (err >= 0 && n < set)
        err = coil_sleep(0.0005);
    return err < 0 ? err : set < TIMERS ? -ENOMEM : 0;
}

/* ---------------------------------------------------------------- who is told ---- */

static int on_error(coil_loop *loop, const coil_exception_context *e, void *arg)
{
    (void)loop;
    *(int *)arg += e->error == -EDOM;
    return 0;
}

static int odd(void *arg)
{
    (void)arg;
    return coil_fail(-EDOM, "odd");
}

COIL_ASYNC(fail_oddly)
{
    return coil_fail(-EDOM, "an odd task");
}

COIL_ASYNC(use_handler, (int, told, out))
{
    int n = 0;
    coil_loop *loop = coil_loop_running();
    coil_loop_set_exception_handler(loop, on_error, &n);
    coil_task *t = coil_create_task(fail_oddly()); /* nobody awaits it */
    coil_handle *h = coil_call_soon(odd, NULL);
    int err = first(t && h ? 0 : -ENOMEM, coil_yield_now());
    if (t)
        coil_task_unref(t);
    err = first(err, coil_yield_now());
    coil_loop_set_exception_handler(loop, NULL, NULL);
    *told = n;
    return err;
}

static int run_handler(void)
{
    int told = 0;
    coil_loop_options options = {.debug = 1};
    int err = coil_run_with(use_handler(&told), &options);
    return err >= 0 && told != 2 ? -EBADMSG : err;
}

/* ---------------------------------------------------------------- futures ---- */

COIL_ASYNC(give, (int, n), (int, ret, out))
{
    int err = coil_yield_now();
    *ret = n;
    return err;
}

COIL_ASYNC(use_futures)
{
    int a = 0, n = 0;
    coil_task *t = coil_create_task(give(1, &a));
    coil_future *f = t ? coil_shield_future(t) : NULL, *g = coil_future_new();
    coil_future *both[] = {f, g};
    int err = f && g ? 0 : -ENOMEM;
    if (g)
        coil_future_set_error(g, -EDOM);
    if (err >= 0)
        err = coil_wait_futures(both, 2, COIL_ALL_COMPLETED, 60, &n);
    int status = f ? coil_future_await(f, NULL) : 0;
    int wrong = g ? coil_future_await(g, NULL) : 0;
    int ended = t ? coil_await(t) : 0;
    coil_future_unref(f);
    coil_future_unref(g);
    err = first(err, first(status, ended));
    return err < 0 ? err : wrong != -EDOM || n != 2 || a != 1 ? -EBADMSG : 0;
}

static int ascending(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* In and out again, last in first out: descending. */
static int fill_and_empty(coil_queue *q, int step)
{
    enum { MANY = 70 };
    int err = 0;
    for (int i = 0; i < MANY && err >= 0; i++)
        err = coil_queue_put(q, &(int){i * step});
    for (int i = MANY - 1, n; i >= 0 && err >= 0; i--) {
        err = coil_queue_get(q, &n);
        if (err >= 0 && n != i * step)
            err = -EBADMSG;
    }
    return err;
}

COIL_ASYNC(use_queues)
{
    coil_queue lifo, by_order;
    int err = coil_queue_init_lifo(&lifo, sizeof(int), 0);
    if (err < 0)
        return err;
    err = fill_and_empty(&lifo, 1);
    coil_queue_done(&lifo);
    if (err >= 0)
        err = coil_queue_init_priority(&by_order, sizeof(int), 0, ascending);
    if (err < 0)
        return err;
    err = fill_and_empty(&by_order, -1);
    coil_queue_done(&by_order);
    return err;
}

#define PROGRAM(name, call)     \
    static int run_##name(void) \
    {                           \
        return coil_run(call);  \
    }
PROGRAM(contexts, use_contexts())
PROGRAM(promises, use_futures())
PROGRAM(queues, use_queues())

static int run_timers(void)
{
    coil_loop_options options = {.virtual_clock = 1};
    return coil_run_with(use_timers(), &options);
}

int main(void)
{
    const struct walk list[] = {
        {"contexts", run_contexts, 46, 44, {0}, 8}, {"timers", run_timers, 36, 34, {0}, 2},
        {"handler", run_handler, 39, 37, {0}, 4},   {"futures", run_promises, 40, 38, {0}, 5},
        {"queues", run_queues, 40, 39, {0}, 0},
    };
    return walk_main(list, sizeof list / sizeof *list);
}

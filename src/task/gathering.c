/* task/gathering.c: what stands behind a gather: the calls that were made or joined, and the future that settles with them.
 *
 * A gathering is one block: the children, a watcher for each, and the outer future that settles when all have ended (gather)
 * or at the first error (gather_future). A child's end is seen one turn later, the outer's awaiter runs one
 * turn after that, as in asyncio. References: the outer future's, and one for each child whose end was not seen yet.
 */
#include "task/gathering.h"

#include <errno.h>
#include <string.h>

#include "base/memory.h"

struct child {
    struct coil__watcher watcher;
    struct coil__ready ready;
    struct coil__gathering *g;
    struct coil__awaitable *a; /* a reference is held */
    void **ret_value;          /* a joined future's output, or NULL */
    bool joined;               /* not made here: coil_await(t) or coil_future_await(f, &p) */
    bool duplicate;            /* the same as an earlier one */
    bool given_up;             /* joined, and it waits for us: its end is not waited for */
};

struct coil__gathering {
    coil_loop *loop;
    struct coil__future *outer; /* NULL once it was freed */
    uint32_t refs;
    int n, n_unique, n_finished;
    bool early; /* settle at the first error */
    bool cancel_requested, landed;
    int first_error;
    int n_errors;
    struct coil__error **errors; /* room for n, in order of completion; behind the children */
    struct child children[];
};

/* ---------------------------------------------------------------- the end ---- */

/* A joined task's creator handle counts as taken, as coil_await would. */
static void release_child(struct coil__gathering *g, struct child *c)
{
    if (c->a->kind == COIL__KIND_TASK && c->a->owned && !coil__as_task(c->a)->group &&
        (!c->joined || c->given_up || coil__awaitable_done(c->a))) {
        c->a->owned = false;
        coil__awaitable_unref(g->loop, c->a);
    }
    coil__awaitable_unref(g->loop, c->a);
}

static void unref(struct coil__gathering *g)
{
    if (--g->refs > 0)
        return;
    for (int i = 0; i < g->n_errors; i++)
        coil__error_unref(g->errors[i]);
    for (int i = 0; i < g->n; i++)
        release_child(g, &g->children[i]);
    coil__free(g);
}

void coil__gathering_let_go(struct coil__gathering *g)
{
    g->outer = NULL;
    unref(g);
}

void coil__gathering_land(struct coil__gathering *g)
{
    if (g->landed)
        return;
    g->landed = true;
    for (int i = 0; i < g->n; i++) {
        struct child *c = &g->children[i];
        if (!coil__awaitable_done(c->a) || c->a->status < 0)
            continue;
        coil__awaitable_take(c->a);
        if (c->ret_value)
            *c->ret_value = coil__as_future(c->a)->value;
    }
}

static void settle(struct coil__gathering *g, int status, struct coil__error *e)
{
    coil__awaitable_finish(&g->outer->base, status, e);
}

static void note_error(struct coil__gathering *g, struct coil__awaitable *a)
{
    a->seen = true;
    if (g->first_error == 0)
        g->first_error = a->status;
    struct coil__error *e =
        a->error ? coil__error_ref(a->error) : coil__error_new(a->status, NULL, NULL, 0);
    if (e)
        g->errors[g->n_errors++] = e;
}

/* A gathering that was cancelled has the message of the last of its calls, as they were given. */
static void all_finished(struct coil__gathering *g)
{
    if (g->cancel_requested) {
        struct coil__awaitable *last = g->children[g->n - 1].a;
        settle(g, -ECANCELED, last->status == -ECANCELED ? coil__awaitable_hand_on(last) : NULL);
    } else if (g->first_error) {
        int n = g->n_errors;
        g->n_errors = 0; /* the record takes them over */
        settle(g, g->first_error, coil__error_new_group(g->first_error, g->errors, n));
    } else {
        settle(g, 0, NULL);
    }
}

static void child_ended(struct coil__gathering *g, struct coil__awaitable *a)
{
    g->n_finished++;
    if (!g->outer || coil__awaitable_done(&g->outer->base)) {
        if (a->status != -ECANCELED)
            a->seen = true; /* later errors are nobody's */
        return;
    }
    if (a->status < 0) {
        note_error(g, a);
        if (g->early) {
            settle(g, a->status, coil__awaitable_hand_on(a));
            return;
        }
    }
    if (g->n_finished == g->n_unique)
        all_finished(g);
}

static void run_child_ended(struct coil__ready *node)
{
    struct child *c = COIL__CONTAINER(node, struct child, ready);
    child_ended(c->g, c->a);
    unref(c->g);
}

static void queue_child_ended(struct coil__watcher *w, struct coil__awaitable *a)
{
    struct child *c = COIL__CONTAINER(w, struct child, watcher);
    (void)a;
    coil__loop_push(c->g->loop, &c->ready);
}

/* The loop closes: what was queued, or would have been, never is. */
bool coil__gathering_discard(struct coil__ready *node)
{
    if (node->run != run_child_ended)
        return false;
    unref(COIL__CONTAINER(node, struct child, ready)->g);
    return true;
}

bool coil__gathering_unwatch(struct coil__watcher *w)
{
    if (w->wake != queue_child_ended)
        return false;
    unref(COIL__CONTAINER(w, struct child, watcher)->g);
    return true;
}

/* ---------------------------------------------------------------- cancellations, circles ---- */

static bool is_joined_and_runs(const struct child *c)
{
    return c->joined && !c->duplicate && !c->given_up && !coil__awaitable_done(c->a);
}

/* Goes on without it, for good. What was made here is never given up: it may work on its maker's variables. */
static void give_up(struct coil__gathering *g, struct child *c)
{
    coil__list_remove(&c->watcher.link);
    c->given_up = true;
    g->n_finished++;
    g->refs--;
}

static void settle_given_up(struct coil__gathering *g)
{
    g->cancel_requested = true;
    if (!g->outer || coil__awaitable_done(&g->outer->base))
        return;
    if (g->early)
        settle(g, -ECANCELED, NULL);
    else if (g->n_finished == g->n_unique)
        all_finished(g);
}

void coil__gathering_give_up_joined(struct coil__gathering *g)
{
    for (int i = 0; i < g->n; i++)
        if (is_joined_and_runs(&g->children[i]))
            give_up(g, &g->children[i]);
    settle_given_up(g);
}

/* The cancellation comes from this very task: it waits for us, through however many others. */
static bool comes_round(const struct child *c)
{
    return c->joined && c->a->kind == COIL__KIND_TASK && c->a->passing;
}

bool coil__gathering_cancel(coil_loop *loop, struct coil__gathering *g, struct coil__error *error)
{
    bool taken = false, circle = false;
    for (int i = 0; i < g->n; i++) {
        struct child *c = &g->children[i];
        if (comes_round(c)) { /* CPython recurses until it may not, and leaves them waiting */
            circle = taken = true;
            if (is_joined_and_runs(c))
                give_up(g, c);
        } else if (coil__awaitable_cancel(loop, c->a, coil__error_ref(error))) {
            taken = true;
        }
    }
    coil__error_unref(error);
    if (taken)
        g->cancel_requested = true;
    if (circle)
        settle_given_up(g);
    return taken;
}

bool coil__gathering_was_cancelled(const struct coil__gathering *g)
{
    return g->cancel_requested || g->early;
}

int coil__gathering_status(const struct coil__gathering *g, int i)
{
    return g->children[i].given_up ? -ECANCELED : g->children[i].a->status;
}

/* ---------------------------------------------------------------- making one ---- */

/* The address behind a joined future's `&p`, which its call object carries second. */
static void **joined_output(const coil_call *call, const struct coil__awaitable *a)
{
    void **out = NULL;
    if (a->kind == COIL__KIND_FUTURE)
        memcpy(&out, call->args + sizeof(void *), sizeof out);
    return out;
}

static bool seen_before(const struct coil__gathering *g, int n, const struct coil__awaitable *a)
{
    for (int i = 0; i < n; i++)
        if (g->children[i].joined && g->children[i].a == a)
            return true;
    return false;
}

/* Makes or joins child i. A joined one keeps the gathering's reference beside its owner's. */
static int add_child(struct coil__gathering *g, int i, const coil_call *call)
{
    struct child *c = &g->children[i];
    struct coil__awaitable *a = NULL;
    if (!(call->flags & COIL__CALL_TIMEOUT)) {
        int err = coil__call_awaitable(call, &a);
        if (err >= 0 && a)
            err = coil__call_claim(call); /* a task's making does it for the others */
        if (err < 0)
            return err;
    }
    c->g = g;
    c->watcher.wake = queue_child_ended;
    c->ready.run = run_child_ended;
    if (a) {
        c->duplicate = seen_before(g, i, a);
        c->joined = true;
        c->ret_value = joined_output(call, a);
        coil__awaitable_ref(a);
    } else {
        struct coil__task *t;
        int err =
            coil__task_new(g->loop, call, NULL, coil__tasks_eager(g->loop), __FILE__, __LINE__, &t);
        if (err < 0)
            return err;
        a = &t->base;
        a->owned = false; /* the creator's reference is this one */
    }
    c->a = a;
    g->n_unique += !c->duplicate;
    return 0;
}

static void watch_children(struct coil__gathering *g)
{
    for (int i = 0; i < g->n; i++) {
        struct child *c = &g->children[i];
        if (c->duplicate || coil__awaitable_done(c->a))
            continue;
        g->refs++;
        coil__watch(c->a, &c->watcher);
    }
    for (int i = 0; i < g->n; i++)
        if (!g->children[i].duplicate && coil__awaitable_done(g->children[i].a))
            child_ended(g, g->children[i].a);
}

/* What went wrong while making child `made`: those before it are cancelled and let go. */
static void abandon(struct coil__gathering *g, int made)
{
    for (int i = 0; i < made; i++)
        if (!g->children[i].joined)
            coil__awaitable_cancel(g->loop, g->children[i].a, NULL);
    for (int i = 0; i < made; i++)
        coil__awaitable_unref(g->loop, g->children[i].a);
}

int coil__gathering_new(const coil_call *calls, int n, bool early, struct coil__future **ret_outer)
{
    struct coil__tasks *tasks;
    int err = coil__tasks_get(coil__here.loop, &tasks);
    if (err < 0)
        return err;
    if (n < 0 || (n > 0 && !calls))
        return coil_fail(-EINVAL, "gather of %d calls", n);
    size_t size = sizeof(struct coil__gathering) + (size_t)n * sizeof(struct child);
    struct coil__gathering *g = coil__calloc(1, size + (size_t)n * sizeof(struct coil__error *));
    struct coil__future *outer = g ? coil__future_new(coil__here.loop) : NULL;
    if (!outer) {
        coil__free(g);
        return -ENOMEM;
    }
    g->loop = coil__here.loop;
    g->errors = (void *)((char *)g + size);
    g->early = early;
    int made = 0;
    while (made < n && (err = add_child(g, made, &calls[made])) >= 0)
        made++;
    if (err < 0) {
        abandon(g, made);
        coil__awaitable_unref(g->loop, &outer->base);
        coil__free(g);
        return err;
    }
    g->n = n;
    g->outer = outer;
    g->refs = 1;
    outer->gathering = g;
    if (n == 0)
        settle(g, 0, NULL);
    else
        watch_children(g);
    *ret_outer = outer;
    return 0;
}

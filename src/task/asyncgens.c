/* task/asyncgens.c: the generators that a loop leaves behind are closed, all at once, so that their cleanup may await. */
#include <errno.h>

#include "base/memory.h"
#include "task/generator.h"
#include "task/hand.h"

static bool open_at_a_yield(const struct coil__generator *g)
{
    return g->state == COIL_GENERATOR_SUSPENDED;
}

static int count_open(struct coil__tasks *tasks)
{
    int n = 0;
    COIL__LIST_FOREACH (node, &tasks->generators)
        n += open_at_a_yield(COIL__CONTAINER(node, struct coil__generator, link));
    return n;
}

void coil__generators_abandon_waits(struct coil__tasks *tasks)
{
    COIL__LIST_FOREACH (node, &tasks->generators) {
        struct coil__generator *g = COIL__CONTAINER(node, struct coil__generator, link);
        if (g->hand)
            coil__hand_abandon_wait(g->hand);
    }
}

bool coil__generators_are_worked_for(struct coil__tasks *tasks)
{
    bool any = false;
    COIL__LIST_FOREACH (node, &tasks->generators) {
        struct coil__generator *g = COIL__CONTAINER(node, struct coil__generator, link);
        any = (g->hand && coil__task_is_worked_for(&g->hand->task)) || any;
    }
    return any;
}

/* By handle: it may have been freed before this runs. */
static int close_one(void *handle)
{
    struct coil__generator *g;
    if (coil__generator_find(handle, &g) < 0)
        return 0;
    if (g->doomed) {
        coil__generator_dispose(g);
        return 0;
    }
    int err = coil__generator_shut(g);
    if (g->hand && g->state == COIL_GENERATOR_SUSPENDED)
        err = coil__hand_finish(g->hand, err);
    if (g->doomed)
        coil__generator_dispose(g);
    return err;
}

/* Waits for one closing, and reports its error. Returns 0 or -ECANCELED. */
static int join(coil_loop *loop, struct coil__task *t)
{
    int err = 0;
    while (err >= 0 && !coil__awaitable_done(&t->base))
        err = coil__wait_done(&t->base);
    if (err < 0)
        return err;
    t->base.seen = true;
    int status = t->base.status;
    const coil_error *e = coil__error_public(t->base.error);
    if (status < 0 && status != -ECANCELED)
        coil__loop_report(loop, "an error occurred during closing of asynchronous generator",
                          status, e ? e->message : coil_error_sentence(status),
                          coil__task_handle(t), NULL, NULL);
    return 0;
}

static void let_go(coil_loop *loop, struct coil__task *t)
{
    t->base.owned = false;
    coil__awaitable_unref(loop, &t->base);
}

int coil_loop_shutdown_asyncgens(void)
{
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (err < 0)
        return err;
    coil_loop *loop = coil__here.loop;
    struct coil__tasks *tasks = coil__tasks_of(loop);
    int n = count_open(tasks), made = 0;
    if (n == 0)
        return 0;
    struct coil__task **closings = coil__malloc((size_t)n * sizeof(struct coil__task *));
    if (!closings)
        return -ENOMEM;
    COIL__LIST_FOREACH (node, &tasks->generators) {
        struct coil__generator *g = COIL__CONTAINER(node, struct coil__generator, link);
        if (!open_at_a_yield(g) || made == n)
            continue;
        coil_call call = coil__async_coil_apply(close_one, coil__generator_handle(g));
        err = coil__task_new(loop, &call, NULL, false, g->file, g->line, &closings[made]);
        if (err < 0)
            break;
        made++;
    }
    int waited = 0;
    for (int i = 0; i < made && waited >= 0; i++)
        waited = join(loop, closings[i]);
    for (int i = 0; i < made; i++)
        let_go(loop, closings[i]);
    coil__free(closings);
    return waited < 0 ? waited : err < 0 ? err : 0;
}

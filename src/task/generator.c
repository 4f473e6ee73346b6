/* task/generator.c: the life of a generator: made, started, ended, freed; and the thread's slab of them. */
#include "task/generator.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "base/memory.h"
#include "coil/coroutine.h"
#include "task/hand.h"

enum { OWN_STACK_SIZE = 256 * 1024 };

__thread struct coil__generators *coil__generators_here __attribute__((tls_model("initial-exec")));
__thread uint8_t coil__generators_tag __attribute__((tls_model("initial-exec")));
static __thread int create_error; /* what the last failed coil_generator_new of this thread met */

/* ---------------------------------------------------------------- the thread's part ---- */

static int here(struct coil__generators **ret)
{
    static atomic_uint threads, seeds;
    if (!coil__generators_here) {
        struct coil__generators *all = coil__calloc(1, sizeof *all);
        if (!all)
            return -ENOMEM;
        coil__slab_init(&all->slab, sizeof(struct coil__generator),
                        atomic_fetch_add(&seeds, 0x10002u));
        coil__generators_here = all;
    }
    if (!coil__generators_tag)
        coil__generators_tag = (uint8_t)(atomic_fetch_add(&threads, 1) % 255 + 1);
    *ret = coil__generators_here;
    return 0;
}

/* Frees the thread's part when nobody needs it. */
static void tidy(void)
{
    struct coil__generators *all = coil__generators_here;
    if (!all || coil__slab_live(&all->slab) > 0 || all->holds > 0)
        return;
    if (all->stacks) {
        coil__overflow_unwatch(all->stacks);
        coil__stack_pool_free(all->stacks);
    }
    coil__slab_done(&all->slab);
    coil__free(all);
    coil__generators_here = NULL;
}

int coil__generator_name(const struct coil__stack_pool *pool, uint32_t stack_index, char *buf,
                         size_t size, const char **file, uint32_t *line)
{
    struct coil__generators *all = coil__generators_here;
    for (uint32_t i = 0; all && i < coil__slab_slots(&all->slab); i++) {
        struct coil__generator *g = coil__slab_at(&all->slab, i);
        if (!g || !g->has_stack || g->pool != pool || g->stack.index != stack_index)
            continue;
        *file = g->file;
        *line = (uint32_t)g->line;
        size_t n = 0;
        for (const char *s = g->call.fn->name; *s && n + 1 < size; s++)
            buf[n++] = *s;
        buf[n] = 0;
        return 1;
    }
    return 0;
}

static int own_overflow_name(void *arg, uint32_t stack_index, char *buf, size_t size,
                             const char **file, uint32_t *line)
{
    struct coil__generators *all = arg;
    return coil__generator_name(all->stacks, stack_index, buf, size, file, line);
}

static int own_stacks(struct coil__generators *all)
{
    if (all->stacks)
        return 0;
    int err = coil__stack_pool_new(OWN_STACK_SIZE, COIL__GUARD_AUTO, &all->stacks);
    if (err < 0)
        return err;
    err = coil__overflow_watch(all->stacks, own_overflow_name, all);
    if (err < 0) {
        coil__stack_pool_free(all->stacks);
        all->stacks = NULL;
    }
    return err;
}

/* ---------------------------------------------------------------- handles ---- */

coil_generator *coil__generator_handle(const struct coil__generator *g)
{
    return (coil_generator *)(((uintptr_t)g->head.generation << 32) |
                              ((uintptr_t)g->head.slot << 8) | coil__generators_tag);
}

int coil__generator_refuse(const coil_generator *handle)
{
    if (!handle) {
        int err = create_error;
        create_error = 0;
        return err < 0 ? err : coil_fail(-EINVAL, "the generator is NULL");
    }
    return (uint8_t)(uintptr_t)handle == coil__generators_tag ? -COIL_ESTALE : -COIL_EWRONGTHREAD;
}

/* ---------------------------------------------------------------- making one ---- */

static void join_loop(struct coil__generator *g, struct coil__tasks *tasks)
{
    if (!tasks->holds_generators) {
        tasks->holds_generators = true;
        coil__generators_here->holds++;
    }
    coil__list_remove(&g->link);
    coil__list_append(&tasks->generators, &g->link);
    g->tasks = tasks;
}

static int make(const coil_call *call, size_t item_size, bool by_hand, struct coil__generator **ret)
{
    struct coil__generators *all;
    struct coil__tasks *tasks = NULL;
    int err = coil__here.loop ? coil__tasks_get(coil__here.loop, &tasks) : 0;
    if (err < 0)
        return err;
    err = here(&all);
    if (err < 0)
        return err;
    err = coil__call_claim(call);
    if (err < 0)
        return err;
    struct coil__generator *g = coil__slab_get(&all->slab);
    if (!g)
        return -ENOMEM;
    memset((char *)g + sizeof g->head, 0, sizeof *g - sizeof g->head);
    g->item_size = item_size;
    memcpy(&g->call, call, offsetof(coil_call, args));
    if (call->size)
        memcpy(g->call.args, call->args, call->size);
    if (by_hand && !(g->hand = coil__hand_new(g))) {
        err = -ENOMEM;
        goto put;
    }
    if (call->fn->keep && (err = call->fn->keep(g->call.args)) < 0)
        goto free_hand;
    g->loops = tasks != NULL;
    if (tasks)
        join_loop(g, tasks);
    *ret = g;
    return 0;

free_hand:
    coil__free(g->hand);
put:
    coil__slab_put(&all->slab, g);
    return err;
}

static coil_generator *make_handle(const coil_call *call, size_t item_size, bool by_hand,
                                   const char *file, int line)
{
    struct coil__generator *g;
    int err = make(call, item_size, by_hand, &g);
    if (err < 0) {
        create_error = err;
        tidy();
        return NULL;
    }
    g->file = file;
    g->line = line;
    return coil__generator_handle(g);
}

coil_generator *coil__public_generator_new(const coil_call *call, size_t item_size,
                                           const char *file, int line)
{
    return make_handle(call, item_size, false, file, line);
}

coil_generator *coil__public_coroutine_new(const coil_call *call, size_t item_size,
                                           const char *file, int line)
{
    return make_handle(call, item_size, true, file, line);
}

/* ---------------------------------------------------------------- its stack ---- */

static struct coil__coro *body(void *arg)
{
    struct coil__generator *g = arg;
    int status = coil__call_run(&g->call);
    if (status == -COIL_ESTOPITERATION) /* would look like our own end to who asks */
        status = coil_fail(-COIL_EINVALIDSTATE, "generator raised StopIteration");
    g->status = status;
    g->state = COIL_GENERATOR_CLOSED;
    coil__here.generator = g->outer;
    return coil__coro_end_then(g->back, coil__generator_ended, g);
}

int coil__generator_start(struct coil__generator *g)
{
    int err = 0;
    if (g->loops)
        g->pool = g->tasks->stacks;
    else if ((err = own_stacks(coil__generators_here)) >= 0)
        g->pool = coil__generators_here->stacks;
    if (err >= 0)
        err = coil__stack_get(g->pool, &g->stack);
    if (err < 0)
        return err;
    g->has_stack = true;
    coil__coro_prepare(&g->coro, g->stack.top, coil__stack_bottom(g->pool, g->stack), body, g);
    g->state = COIL_GENERATOR_SUSPENDED;
    g->ret_sent = NULL;
    return 0;
}

int coil__generator_adopt(struct coil__generator *g)
{
    struct coil__tasks *tasks;
    int err = coil__tasks_get(coil__here.loop, &tasks);
    if (err < 0 || g->tasks == tasks)
        return err;
    if (g->tasks) /* its stack may hold what is that loop's */
        return coil_fail(-COIL_EINVALIDSTATE, "the generator belongs to another loop");
    join_loop(g, tasks);
    return 0;
}

void coil__generator_end(struct coil__generator *g, int status)
{
    if (g->has_stack)
        coil__stack_put(g->pool, g->stack);
    g->has_stack = false;
    g->state = COIL_GENERATOR_CLOSED;
    g->status = status;
    if (g->hand)
        coil__hand_end(g->hand);
    if (g->call.fn->discard)
        g->call.fn->discard(g->call.args);
}

/* ---------------------------------------------------------------- freeing ---- */

static void put(struct coil__generator *g, struct coil__tasks *tasks)
{
    coil__list_remove(&g->link);
    if (g->hand)
        coil__hand_drop(g->hand, tasks);
    coil__slab_put(&coil__generators_here->slab, g);
}

/* The body stays where it is for ever. */
static void abandon(struct coil__generator *g)
{
    coil__coro_discard(g->hand && g->hand->awaits ? &g->hand->task.coro : &g->coro);
    coil__generator_end(g, -ECANCELED);
}

/* Nobody hears how a body ended that was freed; but a cancellation that it took is still owed to the task. */
static void report(int err)
{
    struct coil__task *t = coil__here.task;
    if (err == -ECANCELED && t && t->cancelling > 0)
        t->must_cancel = true;
    else if (err != -ECANCELED && coil__here.loop)
        coil__loop_report(coil__here.loop,
                          "an error occurred during closing of asynchronous generator", err,
                          coil_error_message(err), NULL, NULL, NULL);
}

void coil__generator_dispose(struct coil__generator *g)
{
    struct coil__error *kept = coil__error_ref(*coil__error_slot());
    g->doomed = true;
    int err = coil__generator_shut(g);
    if (g->hand && g->state == COIL_GENERATOR_SUSPENDED && coil__here.task)
        err = coil__hand_finish(g->hand, err);
    if (err < 0 && !(g->hand && coil__hand_is_worked_for(g->hand)))
        report(err);
    if (g->state != COIL_GENERATOR_CLOSED && !g->tasks)
        abandon(g);
    if (g->state == COIL_GENERATOR_CLOSED) {
        put(g, g->tasks);
        tidy();
    } /* else it ends with its loop: timers and tasks may know of what its stack holds */
    coil__error_put(kept);
}

void coil_generator_free(coil_generator *handle)
{
    struct coil__generator *g;
    if (!handle)
        create_error = 0;
    if (!handle || coil__generator_find(handle, &g) < 0)
        return;
    g->head.generation += 2; /* from now on the handle is stale */
    if (g->state == COIL_GENERATOR_RUNNING)
        g->doomed = true; /* whoever asked for the step disposes of it */
    else
        coil__generator_dispose(g);
}

void coil__public_generator_leave(coil_generator **g)
{
    coil_generator_free(*g);
}

/* ---------------------------------------------------------------- the loop's end ---- */

void coil__generators_leave(struct coil__tasks *tasks)
{
    COIL__LIST_FOREACH (node, &tasks->generators) {
        struct coil__generator *g = COIL__CONTAINER(node, struct coil__generator, link);
        coil__list_remove(node);
        g->tasks = NULL;
        bool gone = g->loops || g->doomed;
        if (g->has_stack)
            abandon(g);
        else if (gone && g->state == COIL_GENERATOR_CREATED)
            coil__generator_end(g, -ECANCELED);
        if (gone)
            put(g, tasks);
    }
    struct coil__list *node;
    while ((node = coil__list_pop(&tasks->hands)))
        coil__hand_free(COIL__CONTAINER(node, struct coil__hand, link));
    if (!tasks->holds_generators)
        return;
    tasks->holds_generators = false;
    coil__generators_here->holds--;
    tidy();
}

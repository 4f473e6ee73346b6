/* task/shutdown.c: the graceful end of a loop: what is left is ended, and what belongs to the loop closed.
 *
 * The order is asyncio's: everything left is cancelled at once, before any of it runs again, and awaited together; then generators are
 * closed, and at last what the upper rooms have going. Each phase is a run of its own, so that callbacks that queue each other get as many
 * turns as there.
 */
#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "coil/generator.h"
#include "coil/run.h"
#include "task/tasks.h"

/* On the heap, and held by the task that joins them: when the loop breaks under that one it stays suspended, and may go on later. */
struct leftovers {
    coil_loop *loop;
    struct coil__task **tasks;
    int n;
    int holders;
};

static void let_go(struct leftovers *left)
{
    if (--left->holders > 0)
        return;
    for (int i = 0; i < left->n; i++)
        coil__awaitable_unref(left->loop, &left->tasks[i]->base);
    coil__free(left->tasks);
    coil__free(left);
}

static void let_go_by_task(void *args)
{
    let_go(*(struct leftovers **)args);
}

/* Waits for all that was cancelled; ends a turn after the last of them, as a gather would. */
static int join_leftovers(void *args)
{
    struct leftovers *left = *(struct leftovers **)args;
    bool waited = false;
    for (int i = 0; i < left->n; i++)
        while (!coil__awaitable_done(&left->tasks[i]->base)) {
            coil_ignore(coil__wait_done(&left->tasks[i]->base));
            waited = true;
        }
    return waited ? 0 : coil__yield();
}

static int close_generators(void *arg)
{
    (void)arg;
    return coil_loop_shutdown_asyncgens();
}

/* What the upper rooms have going: the default thread pool. */
static int end_attachments(void *arg)
{
    coil_loop *loop = arg;
    COIL__LIST_FOREACH (node, &loop->attachments) {
        struct coil__attachment *a = COIL__CONTAINER(node, struct coil__attachment, link);
        if (a->shutdown)
            a->shutdown(a, loop);
    }
    return 0;
}

static int run_phase(coil_loop *loop, coil_call call)
{
    struct coil__task *t;
    int err = coil__task_new(loop, &call, NULL, false, __FILE__, __LINE__, &t);
    return err < 0 ? err : coil__run_task(loop, t);
}

static void report_leftovers(coil_loop *loop, const struct leftovers *left)
{
    for (int i = 0; i < left->n; i++) {
        struct coil__awaitable *a = &left->tasks[i]->base;
        if (!coil__awaitable_done(a) || a->status >= 0 || a->status == -ECANCELED)
            continue;
        a->seen = true;
        const coil_error *e = coil__error_public(a->error);
        coil__task_report(loop, left->tasks[i], "unhandled exception during asyncio.run() shutdown",
                          a->status, e ? e->message : coil_error_sentence(a->status));
    }
}

static int join_all(coil_loop *loop, struct leftovers *left)
{
    static const coil_fn join_fn = {
        "coil shutdown", join_leftovers, NULL, NULL, let_go_by_task, NULL};
    coil_call call = {.fn = &join_fn, .size = sizeof left};
    struct coil__task *t;
    memcpy(call.args, &left, sizeof left);
    int err = coil__task_new(loop, &call, "coil shutdown", false, __FILE__, __LINE__, &t);
    if (err < 0)
        return err;
    left->holders++;
    return coil__run_task(loop, t);
}

static int end_leftovers(coil_loop *loop)
{
    if (!loop->tasks || coil__tasks_of(loop)->alive == 0)
        return 0;
    struct leftovers *left = coil__calloc(1, sizeof *left);
    if (!left)
        return -ENOMEM;
    left->loop = loop;
    left->holders = 1;
    left->n = coil__tasks_alive(loop, &left->tasks);
    if (left->n <= 0) {
        int err = left->n;
        coil__free(left);
        return err;
    }
    for (int i = 0; i < left->n; i++) {
        coil__awaitable_ref(&left->tasks[i]->base);
        coil__task_cancel(left->tasks[i], NULL);
    }
    int err = join_all(loop, left);
    report_leftovers(loop, left);
    let_go(left);
    return err;
}

int coil_loop_shutdown(coil_loop *loop)
{
    int err = coil__loop_enter(loop);
    if (err < 0)
        return err;
    if (!loop->tasks && coil__list_empty(&loop->attachments)) /* nothing has ever run */
        goto leave;
    err = end_leftovers(loop);
    int closed = run_phase(loop, coil__async_coil_apply(close_generators, NULL));
    int ended = run_phase(loop, coil__async_coil_apply(end_attachments, loop));
    if (err >= 0)
        err = closed < 0 ? closed : ended;
leave:
    coil__loop_leave(loop);
    return err < 0 ? err : 0;
}

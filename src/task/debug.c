/* task/debug.c: how a task is named in reports, as Python's repr does it, and stored calls that nobody uses.
 *
 * A stored call is a struct of the user's, so only its ticket tells whether it was used. Debug mode notes tickets with the place
 * where they were given out.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "task/sleepers.h"
#include "task/tasks.h"

static const char *state_of(const struct coil__task *t)
{
    if (!coil__awaitable_done(&t->base))
        return "pending";
    return t->base.status == -ECANCELED ? "cancelled" : "finished";
}

/* Without the closing bracket. */
static void describe(const struct coil__task *t, char *buf, size_t size)
{
    if (coil__task_own_name(t))
        snprintf(buf, size, "<Task %s name='%s' coro=<%s()>", state_of(t), coil__task_own_name(t),
                 t->fn->name);
    else
        snprintf(buf, size, "<Task %s name='Task-%llu' coro=<%s()>", state_of(t),
                 (unsigned long long)(t->name >> 1), t->fn->name);
}

void coil__task_report(coil_loop *loop, struct coil__task *t, const char *message, int error,
                       const char *error_message)
{
    char name[160];
    describe(t, name, sizeof name - 1);
    strcat(name, ">");
    coil_exception_context context = {.message = message,
                                      .error = error,
                                      .error_message = error_message,
                                      .task = coil__handle_make(loop, &t->base.head),
                                      .name = name,
                                      .file = t->file,
                                      .line = coil__task_line(t)};
    coil_loop_call_exception_handler(loop, &context);
}

bool coil__task_describe(struct coil__ready *node, char *buf, size_t size)
{
    if (!coil__sleepers_is_task(node))
        return false;
    const struct coil__task *t = COIL__CONTAINER(node, struct coil__task, ready);
    char name[160];
    describe(t, name, sizeof name);
    snprintf(buf, size, "%s created at %s:%u>", name, t->file ? t->file : "?",
             (unsigned)coil__task_line(t));
    return true;
}

/* ---------------------------------------------------------------- calls that nobody used ---- */

struct noted_call {
    const char *name, *file;
    uint32_t ticket;
    int line;
};

struct coil__noted {
    size_t n, room;
    struct noted_call calls[];
};

static void forget_used(struct coil__noted *all)
{
    size_t kept = 0;
    for (size_t i = 0; i < all->n; i++)
        if (coil__call_is_unused(all->calls[i].ticket))
            all->calls[kept++] = all->calls[i];
    all->n = kept;
}

/* Room for one more; NULL when out of memory: then this call is not watched. */
static struct coil__noted *make_room(struct coil__tasks *tasks)
{
    struct coil__noted *all = tasks->noted;
    if (all && all->n == all->room)
        forget_used(all);
    if (all && all->n < all->room)
        return all;
    size_t room = all ? all->room * 2 : 16;
    struct coil__noted *more = coil__realloc(all, sizeof *all + room * sizeof(struct noted_call));
    if (!more)
        return NULL;
    if (!all)
        more->n = 0;
    more->room = room;
    return tasks->noted = more;
}

void coil__debug_note_call(coil_loop *loop, const coil_call *call, const char *file, int line)
{
    struct coil__tasks *tasks;
    struct coil__noted *all = coil__tasks_get(loop, &tasks) < 0 ? NULL : make_room(tasks);
    if (all)
        all->calls[all->n++] = (struct noted_call){call->fn->name, file, call->ticket, line};
}

void coil__debug_tell_calls(coil_loop *loop)
{
    struct coil__tasks *tasks = coil__tasks_of(loop);
    struct coil__noted *all = tasks->noted;
    if (!all)
        return;
    forget_used(all);
    for (size_t i = 0; i < all->n; i++) {
        char line[256];
        snprintf(line, sizeof line, "coroutine '%s' was never awaited (created at %s:%d)",
                 all->calls[i].name, all->calls[i].file, all->calls[i].line);
        coil__loop_log(loop, COIL_LOG_WARNING, line);
    }
    tasks->noted = NULL;
    coil__free(all);
}

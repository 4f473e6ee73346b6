/* task/as_completed.c: tasks in the order in which they end, after asyncio's as_completed.
 *
 * One block holds a watcher for each task and the line of those that have ended. A watcher that is queued when the iteration is closed
 * still runs, so the block lives until the last of them has.
 */
#include <errno.h>

#include "base/memory.h"
#include "coil/gather.h"
#include "loop/callbacks.h"
#include "task/tasks.h"

struct entry {
    struct coil__watcher watcher;
    struct coil__ready ready;
    struct coil__list link; /* in `ended`, from its end until it was handed out */
    struct iteration *it;
    struct coil__awaitable *a;
};

struct iteration {
    coil_loop *loop;
    struct coil__list ended;
    struct coil__list waiting; /* tasks parked in next */
    struct coil__timer timer;
    int refs, n, left,
        overdue; /* left: not handed out; overdue: that many time-outs are to be told */
    int awaited; /* tasks in next, each of which will get one of `left` */
    bool closed, expired;
    struct entry entries[];
};

static void unref(struct iteration *it)
{
    if (--it->refs > 0)
        return;
    for (int i = 0; i < it->n; i++)
        coil__awaitable_unref(it->loop, it->entries[i].a);
    coil__free(it);
}

static void wake_one(struct iteration *it)
{
    struct coil__list *node;
    while ((node = coil__list_pop(&it->waiting)))
        if (coil__unpark(coil__queue_task(node)))
            return;
}

static void run_ended(struct coil__ready *node)
{
    struct entry *e = COIL__CONTAINER(node, struct entry, ready);
    struct iteration *it = e->it;
    if (!it->closed && !it->expired) {
        coil__list_append(&it->ended, &e->link);
        wake_one(it);
    }
    unref(it);
}

static void queue_ended(struct coil__watcher *w, struct coil__awaitable *a)
{
    struct entry *e = COIL__CONTAINER(w, struct entry, watcher);
    (void)a;
    e->it->refs++;
    coil__loop_push(e->it->loop, &e->ready);
}

/* The time is over: whoever has not ended yet counts as a time-out, and is left alone. */
static void expire(struct coil__timer *timer)
{
    struct iteration *it = COIL__CONTAINER(timer, struct iteration, timer);
    int ended = 0;
    COIL__LIST_FOREACH (node, &it->ended)
        ended += node != NULL;
    it->expired = true;
    it->overdue = it->left - ended;
    for (int i = 0; i < it->overdue; i++)
        wake_one(it);
}

static int watch_all(struct iteration *it, coil_task *const *tasks, int n)
{
    for (int i = 0; i < n; i++) {
        struct coil__task *t;
        int err = coil__task_find(tasks[i], &t);
        if (err < 0)
            return err;
        it->entries[i] = (struct entry){.it = it, .a = &t->base};
        it->entries[i].watcher.wake = queue_ended;
        it->entries[i].ready.run = run_ended;
        coil__awaitable_ref(&t->base);
        it->n++;
    }
    for (int i = 0; i < n; i++) {
        struct entry *e = &it->entries[i];
        if (coil__awaitable_done(e->a))
            queue_ended(&e->watcher, e->a);
        else
            coil__watch(e->a, &e->watcher);
    }
    return 0;
}

int coil_as_completed_open(coil_as_completed *iterator, coil_task *const *tasks, int n,
                           double timeout)
{
    iterator->coil__state = NULL;
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (err < 0)
        return err;
    if (n < 0 || (n > 0 && !tasks) || timeout != timeout)
        return coil_fail(-EINVAL, "as_completed: %d tasks, or a time limit that is not a number",
                         n);
    struct iteration *it = coil__calloc(1, sizeof *it + (size_t)n * sizeof(struct entry));
    if (!it)
        return -ENOMEM;
    it->loop = coil__here.loop;
    it->refs = 1;
    it->left = n;
    it->timer.fire = expire;
    coil__list_init(&it->ended);
    coil__list_init(&it->waiting);
    int64_t now = coil__loop_now(it->loop), limit = coil__seconds_to_ns(timeout);
    if (n > 0 && limit < COIL__NEVER - now)
        err = coil__timer_arm(it->loop, &it->timer, now + limit);
    if (err >= 0)
        err = watch_all(it, tasks, n);
    if (err < 0) {
        coil__timer_disarm(it->loop, &it->timer);
        unref(it);
        return err;
    }
    iterator->coil__state = it;
    return 0;
}

static const struct coil__wait_kind next_kind = {"as_completed", coil__park_cancel, NULL,
                                                 COIL__RESTS_NOT};

/* Until there is one, or a time-out. The iteration may be closed meanwhile. */
static int wait_for_one(struct iteration *it)
{
    while (coil__list_empty(&it->ended) && it->overdue == 0) {
        bool granted;
        int err = coil__park(&it->waiting, &next_kind, &granted);
        if (it->closed)
            return err < 0 ? err : -COIL_ESTOPITERATION;
        if (err < 0) {
            if (granted && (!coil__list_empty(&it->ended) || it->overdue > 0))
                wake_one(it);
            return err;
        }
    }
    return 0;
}

static int take_one(struct iteration *it, coil_task **task)
{
    it->left--;
    struct coil__list *node = coil__list_pop(&it->ended);
    if (!node) {
        it->overdue--;
        return coil_fail(-ETIMEDOUT, "the task did not end in time");
    }
    if (it->left == 0)
        coil__timer_disarm(it->loop, &it->timer);
    struct entry *e = COIL__CONTAINER(node, struct entry, link);
    *task = coil__awaitable_handle(it->loop, e->a);
    return 0;
}

int coil_as_completed_next(coil_as_completed *iterator, coil_task **task)
{
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (err < 0)
        return err;
    struct iteration *it = iterator->coil__state;
    if (!it)
        return -COIL_EINVALIDSTATE;
    if (it->loop != coil__here.loop)
        return -COIL_EWRONGTHREAD;
    if (it->left == it->awaited) /* the others that wait get what is left */
        return -COIL_ESTOPITERATION;
    it->refs++;
    it->awaited++;
    err = wait_for_one(it);
    it->awaited--;
    if (err >= 0)
        err = take_one(it, task);
    unref(it);
    return err;
}

int coil_as_completed_await(coil_as_completed *iterator)
{
    coil_task *task;
    int err = coil_as_completed_next(iterator, &task);
    return err < 0 ? err : coil_await(task);
}

void coil_as_completed_close(coil_as_completed *iterator)
{
    struct iteration *it = iterator->coil__state;
    if (!it)
        return;
    iterator->coil__state = NULL;
    it->closed = true;
    coil__timer_disarm(it->loop, &it->timer);
    for (int i = 0; i < it->n; i++)
        coil__list_remove(&it->entries[i].watcher.link);
    while (!coil__list_empty(&it->waiting))
        wake_one(it);
    unref(it);
}

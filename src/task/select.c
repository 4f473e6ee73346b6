/* task/select.c: wait: the first of many, the first error, or all of them, within a time.
 *
 * One block holds a watcher for each. A watcher that is queued when the wait is over still runs, so the block lives until
 * the last of them has.
 */
#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "coil/gather.h"
#include "task/tasks.h"

struct entry {
    struct coil__watcher watcher;
    struct coil__ready ready;
    struct selection *s;
    struct coil__awaitable *a;
    bool queued;
};

struct selection {
    struct coil__task *waiter; /* NULL when the wait is over */
    coil_loop *loop;
    int refs, n, left, mode;
    struct entry entries[];
};

static void unref(struct selection *s)
{
    if (--s->refs == 0)
        coil__free(s);
}

static void run_completion(struct coil__ready *node)
{
    struct entry *e = COIL__CONTAINER(node, struct entry, ready);
    struct selection *s = e->s;
    if (s->waiter) {
        int status = e->a->status;
        s->left--;
        if (s->left <= 0 || s->mode == COIL_FIRST_COMPLETED ||
            (s->mode == COIL_FIRST_EXCEPTION && status < 0 && status != -ECANCELED))
            coil__unpark(s->waiter);
    }
    unref(s);
}

static void queue_completion(struct coil__watcher *w, struct coil__awaitable *a)
{
    struct entry *e = COIL__CONTAINER(w, struct entry, watcher);
    (void)a;
    e->queued = true;
    e->s->refs++;
    coil__loop_push(e->s->loop, &e->ready);
}

static const struct coil__wait_kind select_kind = {"wait", coil__park_cancel, NULL,
                                                   COIL__RESTS_NOT};

/* Waits on s->entries, whose awaitables are set and referenced. */
static int wait_for_some(struct selection *s, double timeout)
{
    for (int i = 0; i < s->n; i++) {
        struct entry *e = &s->entries[i];
        e->s = s;
        e->watcher.wake = queue_completion;
        e->ready.run = run_completion;
        if (coil__awaitable_done(e->a))
            queue_completion(&e->watcher, e->a);
        else
            coil__watch(e->a, &e->watcher);
    }
    int64_t now = coil__loop_now(coil__here.loop), limit = coil__seconds_to_ns(timeout);
    int err = limit >= COIL__NEVER - now ? coil__park(NULL, &select_kind, NULL)
                                         : coil__park_until(NULL, &select_kind, now + limit, NULL);
    s->waiter = NULL;
    for (int i = 0; i < s->n; i++)
        coil__list_remove(&s->entries[i].watcher.link);
    return err == -ETIMEDOUT ? 0 : err;
}

/* Moves the handles of those that have ended to the front, keeping both orders. */
static int partition(struct selection *s, void **handles)
{
    void **late = coil__malloc((size_t)s->n * sizeof *late);
    if (!late)
        return -ENOMEM;
    int done = 0, n_late = 0;
    for (int i = 0; i < s->n; i++) {
        if (coil__awaitable_done(s->entries[i].a))
            handles[done++] = handles[i];
        else
            late[n_late++] = handles[i];
    }
    memcpy(handles + done, late, (size_t)n_late * sizeof *late);
    coil__free(late);
    return done;
}

static int find_task(const void *handle, struct coil__awaitable **ret)
{
    struct coil__task *t;
    int err = coil__task_find(handle, &t);
    if (err >= 0)
        *ret = &t->base;
    return err;
}

static int find_future(const void *handle, struct coil__awaitable **ret)
{
    struct coil__future *f;
    coil_loop *loop;
    int err = coil__future_find(handle, &f, &loop);
    if (err >= 0)
        *ret = &f->base;
    return err;
}

static int wait_any(void **handles, int n, int mode, double timeout, int *ret_done,
                    int (*find)(const void *, struct coil__awaitable **))
{
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (err < 0)
        return err;
    if (n < 1 || !handles)
        return coil_fail(-EINVAL, "wait: the set of tasks is empty");
    if (mode < COIL_FIRST_COMPLETED || mode > COIL_ALL_COMPLETED)
        return coil_fail(-EINVAL, "wait: %d is no mode", mode);
    if (timeout != timeout)
        return coil_fail(-EINVAL, "wait: the time limit is not a number");
    struct selection *s = coil__calloc(1, sizeof *s + (size_t)n * sizeof(struct entry));
    if (!s)
        return -ENOMEM;
    *s = (struct selection){
        .waiter = self, .loop = coil__here.loop, .refs = 1, .n = n, .left = n, .mode = mode};
    int found = 0;
    for (; found < n; found++) {
        err = find(handles[found], &s->entries[found].a);
        if (err < 0)
            break;
        coil__awaitable_ref(s->entries[found].a);
    }
    if (err >= 0)
        err = wait_for_some(s, timeout);
    if (err >= 0)
        err = partition(s, handles);
    if (err >= 0 && ret_done)
        *ret_done = err;
    coil_loop *loop = coil__here.loop;
    for (int i = 0; i < found; i++)
        coil__awaitable_unref(loop, s->entries[i].a);
    unref(s);
    return err < 0 ? err : 0;
}

int coil_wait(coil_task **tasks, int n, int mode, double timeout, int *ndone)
{
    return wait_any((void **)tasks, n, mode, timeout, ndone, find_task);
}

int coil_wait_futures(coil_future **futures, int n, int mode, double timeout, int *ndone)
{
    return wait_any((void **)futures, n, mode, timeout, ndone, find_future);
}

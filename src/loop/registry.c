/* loop/registry.c: making and closing loops, and finding them by the id that every handle carries.
 *
 * The registry is the only thing that loops of different threads share: who owns an id, in atomics, so that a handle of
 * another thread's loop is recognised without touching that loop.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "loop/callbacks.h"
#include "loop/loop.h"
#include "loop/signals.h"

enum { MAX_LOOPS = 256, MAX_HOOKS = 8 };

static struct {
    _Atomic(coil_loop *) loop;
    atomic_ulong owner; /* pthread_t of the owning thread; valid while loop is set */
} registry[MAX_LOOPS];
static atomic_uint loops_made;
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;

static int (*before_first[MAX_HOOKS])(void);
static int n_before_first;
static void (*after_last[MAX_HOOKS])(void);
static int n_after_last;
static int n_open; /* loops that exist */

void coil__loop_before_first(int (*fn)(void))
{
    for (int i = 0; i < n_before_first; i++)
        if (before_first[i] == fn)
            return;
    if (n_before_first < MAX_HOOKS)
        before_first[n_before_first++] = fn;
}

void coil__loop_after_last(void (*fn)(void))
{
    for (int i = 0; i < n_after_last; i++)
        if (after_last[i] == fn)
            return;
    if (n_after_last < MAX_HOOKS)
        after_last[n_after_last++] = fn;
}

/* Runs the hooks when this is the only loop. Several threads may make their loops at the same time: the lock is held meanwhile. */
static int run_first_hooks(void)
{
    int err = 0;
    pthread_mutex_lock(&registry_lock);
    for (int i = 0; i < n_before_first && n_open == 0 && err >= 0; i++)
        err = before_first[i]();
    if (err >= 0)
        n_open++;
    pthread_mutex_unlock(&registry_lock);
    return err < 0 ? err : 0;
}

static void run_last_hooks(void)
{
    pthread_mutex_lock(&registry_lock);
    if (--n_open == 0)
        for (int i = 0; i < n_after_last; i++)
            after_last[i]();
    pthread_mutex_unlock(&registry_lock);
}

static int register_loop(coil_loop *loop)
{
    pthread_mutex_lock(&registry_lock);
    for (int i = 0; i < MAX_LOOPS; i++) {
        if (atomic_load(&registry[i].loop))
            continue;
        loop->id = (uint8_t)i;
        atomic_store(&registry[i].owner, (unsigned long)loop->owner);
        atomic_store(&registry[i].loop, loop);
        pthread_mutex_unlock(&registry_lock);
        return 0;
    }
    pthread_mutex_unlock(&registry_lock);
    return coil_fail(-EAGAIN, "no more than %d loops can exist at the same time", MAX_LOOPS);
}

coil_loop *coil__loop_by_id(uint8_t id)
{
    return atomic_load_explicit(&registry[id].loop, memory_order_acquire);
}

int coil__handle_other_loop(const void *handle, coil_loop **ret_loop)
{
    if (!handle)
        return -EINVAL;
    uint8_t id = (uint8_t)(uintptr_t)handle;
    coil_loop *loop = coil__loop_by_id(id);
    if (!loop)
        return coil__here.loop ? -COIL_ESTALE : -COIL_ENOLOOP;
    if (atomic_load(&registry[id].owner) != (unsigned long)pthread_self())
        return coil__here.loop ? -COIL_EWRONGTHREAD : -COIL_ENOLOOP;
    *ret_loop = loop;
    return 0;
}

int coil__loop_mail_checked(coil_loop *loop, struct coil__mail *mail)
{
    int err = -COIL_ELOOPCLOSED;
    pthread_mutex_lock(&registry_lock);
    for (int i = 0; i < MAX_LOOPS && err < 0; i++) {
        if (atomic_load_explicit(&registry[i].loop, memory_order_relaxed) == loop) {
            coil__loop_mail(loop, mail);
            err = 0;
        }
    }
    pthread_mutex_unlock(&registry_lock);
    return err;
}

uint32_t coil__loop_generation_seed(const coil_loop *loop)
{
    (void)loop;
    return atomic_fetch_add(&loops_made, 1) * 0x9E3779B1u;
}

/* ---------------------------------------------------------------- options ---- */

static int number_from_env(const char *name, unsigned long long *ret)
{
    const char *text = getenv(name);
    if (!text || !*text)
        return 0;
    char *end;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    if (errno || *end || *text == '-')
        return coil_fail(-EINVAL, "%s=%s: expected a number", name, text);
    *ret = n;
    return 1;
}

static int guard_from_env(int *ret)
{
    static const char *const names[] = {"auto", "pages", "canary"};
    const char *text = getenv("COIL_STACK_GUARD");
    if (!text || !*text)
        return 0;
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, names[i]) == 0) {
            *ret = i;
            return 0;
        }
    }
    return coil_fail(-EINVAL, "COIL_STACK_GUARD=%s: expected auto, pages or canary", text);
}

/* Fills what the caller left at zero from the environment. */
static int complete(coil_loop_options *o)
{
    unsigned long long n = 0;
    int err = 0;
    if (!o->backend)
        o->backend = getenv("COIL_BACKEND");
    if (!o->ring_entries && (err = number_from_env("COIL_URING_ENTRIES", &n)) > 0)
        o->ring_entries = (unsigned)n;
    if (err >= 0 && !o->stack_size && (err = number_from_env("COIL_STACK_SIZE", &n)) > 0)
        o->stack_size = (size_t)n;
    if (err >= 0 && !o->stack_guard)
        err = guard_from_env(&o->stack_guard);
    if (err < 0)
        return err;
    const char *clock = getenv("COIL_CLOCK");
    if (clock && strcmp(clock, "virtual") == 0)
        o->virtual_clock = 1;
    const char *debug = getenv("COIL_DEBUG");
    if (debug && *debug && strcmp(debug, "0") != 0)
        o->debug = 1;
    if (!o->stack_size)
        o->stack_size = 256 * 1024;
    if (o->stack_size < 64 * 1024 || o->stack_size > 8 * 1024 * 1024)
        return coil_fail(-EINVAL, "stack_size %zu: expected 65536 to 8388608 bytes", o->stack_size);
    if (o->stack_guard < COIL_GUARD_AUTO || o->stack_guard > COIL_GUARD_CANARY)
        return coil_fail(-EINVAL, "stack_guard %d: expected COIL_GUARD_AUTO, _PAGES or _CANARY",
                         o->stack_guard);
    return 0;
}

/* ---------------------------------------------------------------- new and close ---- */

int coil_loop_new(const coil_loop_options *options, coil_loop **ret_loop)
{
    coil_loop_options o = options ? *options : (coil_loop_options){0};
    int err = complete(&o);
    if (err >= 0)
        err = run_first_hooks();
    if (err < 0)
        return err;
    /* the hot part and the part that other threads write begin on cache lines of their own */
    coil_loop *loop = coil__calloc(1, sizeof *loop + 64);
    if (!loop) {
        run_last_hooks();
        return -ENOMEM;
    }
    void *block = loop;
    loop = (void *)(((uintptr_t)block + 63) & ~(uintptr_t)63);
    loop->block = block;
    loop->next_tail = &loop->next_head;
    coil__list_init(&loop->due);
    coil__list_init(&loop->attachments);
    coil__mpsc_init(&loop->inbox);
    loop->owner = pthread_self();
    loop->debug = o.debug != 0;
    loop->stack_size = o.stack_size;
    loop->stack_guard = o.stack_guard;
    loop->clock = (struct coil__clock){o.virtual_clock, coil__clock_monotonic()};
    coil__slab_init(&loop->handles, sizeof(struct coil__callback_handle),
                    coil__loop_generation_seed(loop));
    struct coil__backend_options backend = {.entries = o.ring_entries};
    err = coil__backend_open(o.backend, &backend, &loop->backend);
    if (err < 0)
        goto free_loop;
    err = register_loop(loop);
    if (err < 0)
        goto close_backend;
    *ret_loop = loop;
    return 0;

close_backend:
    loop->backend->ops->close(loop->backend);
free_loop:
    coil__slab_done(&loop->handles);
    coil__free(block);
    run_last_hooks();
    return err;
}

int coil_loop_close(coil_loop *loop)
{
    if (!coil__loop_is_mine(loop))
        return -COIL_EWRONGTHREAD;
    if (loop->running)
        return -COIL_ELOOPRUNNING;
    if (loop->closed)
        return 0;
    coil__signals_close(loop);
    COIL__LIST_FOREACH (node, &loop->attachments) {
        struct coil__attachment *a = COIL__CONTAINER(node, struct coil__attachment, link);
        if (a->stop)
            a->stop(a, loop);
    }
    if (loop->before_close)
        loop->before_close(loop);
    while (!coil__list_empty(&loop->attachments)) {
        struct coil__attachment *a =
            COIL__CONTAINER(loop->attachments.next, struct coil__attachment, link);
        coil__list_remove(&a->link);
        a->close(a, loop);
    }
    /* what the rooms above cancelled at the last moment still owes its completions */
    pthread_mutex_lock(&registry_lock);
    atomic_store(&registry[loop->id].loop, NULL); /* from here on no thread can post */
    pthread_mutex_unlock(&registry_lock);
    while (loop->backend->in_flight > 0 && loop->backend->ops->poll(loop->backend, -1) != -EBADF)
        continue;
    while (atomic_load(&loop->senders) > 0)
        sched_yield();
    coil__callbacks_discard(loop);
    loop->closed = true;
    loop->backend->ops->close(loop->backend);
    coil__heap_done(&loop->timers);
    coil__slab_done(&loop->handles);
    coil__free(loop->block);
    run_last_hooks();
    return 0;
}

/* ---------------------------------------------------------------- attachments ---- */

void coil__loop_attach(coil_loop *loop, struct coil__attachment *a, const void *key)
{
    a->key = key;
    coil__list_prepend(&loop->attachments, &a->link);
}

struct coil__attachment *coil__loop_attachment(coil_loop *loop, const void *key)
{
    COIL__LIST_FOREACH (node, &loop->attachments) {
        struct coil__attachment *a = COIL__CONTAINER(node, struct coil__attachment, link);
        if (a->key == key)
            return a;
    }
    return NULL;
}

void coil__loop_detach(coil_loop *loop, struct coil__attachment *a)
{
    (void)loop;
    coil__list_remove(&a->link);
}

/* ---------------------------------------------------------------- fork ---- */

void coil_after_fork(void)
{
    coil_loop *loop = coil__here.loop;
    coil__here = (struct coil__here){NULL, NULL};
    coil__error_use_slot(NULL);
    pthread_mutex_init(&registry_lock, NULL);
    n_open = 0;
    for (int i = 0; i < MAX_LOOPS; i++) {
        coil_loop *l = atomic_exchange(&registry[i].loop, NULL);
        if (l && l != loop)
            l->backend->ops->forget(l->backend);
    }
    if (loop)
        loop->backend->ops->forget(loop->backend);
}

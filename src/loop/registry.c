/* loop/registry.c: making and closing loops, and finding them by the id that every handle carries.
 *
 * The registry is the only thing that loops of different threads share: who owns an id, in atomics, so that a handle of
 * another thread's loop is recognised without touching that loop.
 *
 * Loops are never on the heap: each is a place in a fixed array, and its index is its id. A closed one stays there as a
 * tombstone that answers -COIL_ELOOPCLOSED; places are used in rotation, so it stays for as long as possible.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "engine/caps.h"
#include "loop/callbacks.h"
#include "loop/debug.h"
#include "loop/loop.h"
#include "loop/options.h"
#include "loop/signals.h"

enum { MAX_LOOPS = 256, MAX_HOOKS = 8 };
static const int64_t VIRTUAL_START_NS =
    1000 * 1000000000LL; /* the same for each run, and not near 0 */

static struct {
    _Atomic(coil_loop *) loop; /* &loops[i] while it is open, else NULL */
    atomic_ulong owner;        /* pthread_t of the owning thread; valid while loop is set */
    atomic_ullong serial;      /* of the loop; valid while loop is set */
    bool taken;                /* by a loop that is being made, is open, or is being closed */
} registry[MAX_LOOPS];
static coil_loop loops[MAX_LOOPS];
static unsigned last_place; /* the rotation */
static atomic_uint loops_made;
static uint64_t serials; /* given out, under the lock */
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

/* Takes the place that was given back longest ago, or was never used: a new loop, all zero but its id and owner. */
static int take_place(coil_loop **ret_loop)
{
    int err = -EAGAIN;
    pthread_mutex_lock(&registry_lock);
    for (unsigned i = 1; i <= MAX_LOOPS && err < 0; i++) {
        unsigned id = (last_place + i) % MAX_LOOPS;
        if (registry[id].taken)
            continue;
        registry[id].taken = true;
        last_place = id;
        memset(&loops[id], 0, sizeof loops[id]);
        loops[id].id = (uint8_t)id;
        loops[id].serial = ++serials << 8 | id;
        loops[id].owner = pthread_self();
        *ret_loop = &loops[id];
        err = 0;
    }
    pthread_mutex_unlock(&registry_lock);
    return err < 0 ? coil_fail(err, "no more than %d loops can exist at the same time", MAX_LOOPS)
                   : 0;
}

/* The loop is open: handles and other threads find it. */
static void announce(coil_loop *loop)
{
    pthread_mutex_lock(&registry_lock);
    atomic_store(&registry[loop->id].owner, (unsigned long)loop->owner);
    atomic_store(&registry[loop->id].serial, loop->serial);
    atomic_store(&registry[loop->id].loop, loop);
    pthread_mutex_unlock(&registry_lock);
}

/* From here on no thread can post, and no handle finds it. */
static void hide(coil_loop *loop)
{
    pthread_mutex_lock(&registry_lock);
    atomic_store(&registry[loop->id].loop, NULL);
    pthread_mutex_unlock(&registry_lock);
}

/* Leaves the tombstone. */
static void give_place_back(coil_loop *loop)
{
    loop->closed = true;
    loop->backend = NULL;
    pthread_mutex_lock(&registry_lock);
    registry[loop->id].taken = false;
    pthread_mutex_unlock(&registry_lock);
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

bool coil__loop_find_serial(uint64_t serial, pthread_t *ret_owner)
{
    uint8_t id = (uint8_t)serial;
    if (serial == 0 || !coil__loop_by_id(id) || atomic_load(&registry[id].serial) != serial)
        return false;
    *ret_owner = (pthread_t)atomic_load(&registry[id].owner);
    return true;
}

static bool is_open(const coil_loop *loop)
{
    uintptr_t offset = (uintptr_t)loop - (uintptr_t)loops;
    return offset < sizeof loops && coil__loop_by_id((uint8_t)(offset / sizeof *loops)) == loop;
}

int coil_loop_is_closed(coil_loop *loop)
{
    return !is_open(loop);
}

int coil__loop_usable(coil_loop *loop)
{
    if (!loop)
        return -EINVAL;
    if (!is_open(loop))
        return -COIL_ELOOPCLOSED;
    return coil__loop_is_mine(loop) ? 0 : -COIL_EWRONGTHREAD;
}

int coil__loop_mail_checked(coil_loop *loop, struct coil__mail *mail)
{
    int err = -COIL_ELOOPCLOSED;
    pthread_mutex_lock(&registry_lock); /* keeps it open meanwhile */
    if (is_open(loop)) {
        coil__loop_mail(loop, mail);
        err = 0;
    }
    pthread_mutex_unlock(&registry_lock);
    return err;
}

uint32_t coil__loop_generation_seed(const coil_loop *loop)
{
    (void)loop;
    return atomic_fetch_add(&loops_made, 1) * 0x9E3779B1u;
}

/* ---------------------------------------------------------------- new and close ---- */

int coil_loop_new(const coil_loop_options *options, coil_loop **ret_loop)
{
    coil_loop_options o = options ? *options : (coil_loop_options){0};
    bool check_sleep = false;
    int err = coil__options_complete(&o, &check_sleep);
    if (err >= 0)
        err = run_first_hooks();
    if (err < 0)
        return err;
    coil_loop *loop = NULL;
    err = take_place(&loop);
    if (err < 0) {
        run_last_hooks();
        return err;
    }
    loop->next_tail = &loop->next_head;
    coil__list_init(&loop->attachments);
    coil__list_init(&loop->looks);
    coil__mpsc_init(&loop->inbox);
    loop->debug = o.debug != 0;
    loop->slow_ns = COIL__SLOW_NS;
    loop->stack_size = o.stack_size;
    loop->stack_guard = o.stack_guard;
    loop->sleep_after_ns = o.sleep_stacks > 0 ? (int64_t)(o.sleep_stacks * 1e9) : -1;
    loop->check_sleep = check_sleep;
    loop->spin = (struct coil__spin){.limit_ns = o.spin > 0 ? coil__seconds_to_ns(o.spin) : 0};
    loop->clock = (struct coil__clock){o.virtual_clock, VIRTUAL_START_NS};
    coil__slab_init(&loop->handles, sizeof(struct coil__callback_handle),
                    coil__loop_generation_seed(loop));
    struct coil__backend_options backend = {
        .entries = o.ring_entries, .seed = o.seed, .clock = &loop->clock};
    err = coil__caps_parse(getenv("COIL_WITHOUT"), &backend.disable_caps);
    if (err >= 0)
        err = coil__backend_open(o.backend, &backend, &loop->backend);
    if (err < 0)
        goto give_back;
    announce(loop);
    *ret_loop = loop;
    return 0;

give_back:
    coil__slab_done(&loop->handles);
    give_place_back(loop);
    run_last_hooks();
    return err;
}

int coil_loop_close(coil_loop *loop)
{
    int err = coil__loop_usable(loop);
    if (err < 0)
        return err == -COIL_ELOOPCLOSED ? 0 : err;
    if (loop->running)
        return -COIL_ELOOPRUNNING;
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
    hide(loop);
    while (loop->backend->in_flight > 0 && loop->backend->ops->poll(loop->backend, -1) != -EBADF)
        continue;
    while (atomic_load(&loop->senders) > 0)
        sched_yield();
    coil__callbacks_discard(loop);
    loop->backend->ops->close(loop->backend);
    coil__timers_done(&loop->timers);
    coil__slab_done(&loop->handles);
    give_place_back(loop);
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
    coil__here.loop = NULL;
    coil__here.task = NULL;
    coil__error_use_slot(NULL);
    pthread_mutex_init(&registry_lock, NULL);
    n_open = 0;
    for (int i = 0; i < MAX_LOOPS; i++) {
        coil_loop *l = atomic_exchange(&registry[i].loop, NULL);
        registry[i].taken = false;
        if (!l)
            continue;
        l->backend->ops->forget(l->backend);
        l->backend = NULL;
        l->closed = true;
        l->running = false;
    }
}

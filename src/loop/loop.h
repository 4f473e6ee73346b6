/* loop/loop.h: the loop from inside: the ready FIFO, timers, operations, wake-ups.
 *
 * Layer: stands on base/ and engine/. It does not know what a task is: upper rooms hand down nodes with a function, and
 * are called back only through them.
 *
 * One turn: poll the backend (completions push nodes) - drain the inbox and signals - gather the due
 * timers - run the nodes that were ready when the turn's snapshot was taken, then the due timers. What is pushed
 * meanwhile waits for the next turn.
 *
 * Only the owning thread touches a loop, except inbox, sleeping, signal_bits and the backend's wake().
 */
#ifndef COIL_LOOP_LOOP_H
#define COIL_LOOP_LOOP_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/mpsc.h"
#include "base/slab.h"
#include "base/spin.h"
#include "base/timers.h"
#include "coil/loop.h"
#include "engine/backend.h"
#include "engine/caps.h"

/* Something to run once, in its turn. In at most one queue at a time. */
struct coil__ready {
    struct coil__ready *next;
    void (*run)(struct coil__ready *node);
};

/* A deadline. Idle, armed, or due (at the end of this turn); can be disarmed in every state. */
struct coil__timer {
    struct coil__heap_node node;
    void (*fire)(struct coil__timer *timer); /* called in the turn in which it is due */
};

/* What another thread sends: pushed to the inbox, its `ready` then goes into the FIFO. */
struct coil__mail {
    struct coil__mpsc_node node;
    struct coil__ready ready;
};

/* Something to look at where no operation tells: memory that another process writes. In loop->looks, each turn before the poll. Whoever
 * adds one sees to it that the loop does not go on without polling: a timer, or an operation in flight. */
struct coil__look {
    struct coil__list link;
    /* looks, and pushes what it has found. sleeps: from now on the loop must be woken; called again for each sleep */
    void (*look)(struct coil__look *l, bool sleeps);
};

/* Something an upper room keeps with the loop, found by its key's address: pools, DNS threads. Intrusive. */
struct coil__attachment {
    struct coil__list link;
    const void *key;
    void (*shutdown)(
        struct coil__attachment *a,
        coil_loop *loop); /* may be NULL: in a coroutine, at coil_loop_shutdown; may suspend */
    void (*stop)(
        struct coil__attachment *a,
        coil_loop *loop); /* may be NULL: at coil_loop_close, before the tasks are destroyed:
                                      asks all operations that belong to no task to end */
    void (*close)(struct coil__attachment *a,
                  coil_loop *loop); /* at coil_loop_close: frees itself */
};

/* Where this thread is: which loop runs, and for the task room which task. */
struct coil__here {
    coil_loop *loop;
    void *task;      /* struct coil__task of the running task; NULL in callbacks */
    void *generator; /* struct coil__generator whose body runs, the innermost; else NULL */
};

/* Signal numbers, in the order in which they came: written by signal handlers in whatever thread, read by the loop. A slot is 0 until
 * its writer has filled it. What does not fit is only noted, and counts once. */
struct coil__signal_queue {
    atomic_uint head, tail; /* they only grow: the slot is the remainder */
    atomic_uchar slots[64];
    atomic_ullong lost; /* bit n-1: signal n did not fit */
};

struct coil_loop {
    /* -- hot: the turn -- */
    struct coil__ready *now;       /* the rest of this turn's snapshot                            */
    struct coil__ready *next_head; /* what the next turn runs                                     */
    struct coil__ready *
        *next_tail; /* &next_head, or &last->next                                  */
    struct coil__backend *backend;
    struct coil__timers timers; /* with those of this turn that have not fired yet              */
    int64_t told_ns;            /* when timers were due last                                    */
    struct coil__clock clock;
    bool stopping, running, closed, debug;
    bool
        hosted; /* its fd was asked for: between turns a host sleeps on it, so whoever sends wakes it */
    bool
        rolling; /* turns follow each other, and no stop is asked for: coil__loop_roll may begin one */
    bool defers_wakes; /* mail sent now may wait for this loop's next system call        */
    struct coil__spin spin;
    struct coil__list looks; /* struct coil__look                                           */
    void *tasks;             /* struct coil__tasks: the task room's part of this loop        */
    int64_t (*before_poll)(
        coil_loop *loop,
        int64_t
            wait_ns); /* the task room, if it puts stacks to sleep: how long the poll may wait; or NULL */
    void (*on_idle)(coil_loop *loop); /* the task room, while it holds numbers of tasks: before a
                                         poll that may wait, and when the loop is left; or NULL */
    void *streams; /* struct coil__streams: io's part, once there is a stream    */
    uint64_t turns;

    /* -- other threads and signal handlers write here -- */
    _Alignas(64) struct coil__mpsc inbox;
    atomic_int sleeping; /* 1: about to block or blocked in poll                         */
    atomic_int senders;  /* threads inside coil__loop_mail: the close waits for them         */
    atomic_ullong signal_bits; /* bit n-1: signal n came                                       */
    struct coil__signal_queue signals; /* how often, and in what order                         */

    /* -- cold -- */
    _Alignas(64) uint8_t id; /* index into the registry; part of every handle                */
    uint64_t serial;         /* never used again by another loop; the low byte is the id      */
    pthread_t owner;
    struct coil__ready *held_back; /* debug mode: the rest of this turn's snapshot */
    struct coil__here
        outside; /* while it runs: where the thread was before, perhaps in a generator */
    struct coil__slab handles; /* struct coil__callback_handle                                 */
    struct coil__list attachments;
    coil_exception_handler on_exception;
    void *on_exception_arg;
    bool in_exception_handler;
    coil_log_handler on_log;
    void *on_log_arg;
    int64_t slow_ns; /* debug mode: steps that take this long are told */
    /* the task room, for debug mode: what that node will run; false: not one of its own */
    bool (*describe)(struct coil__ready *node, char *buf, size_t size);
    void (*on_signals)(coil_loop *loop,
                       unsigned long long bits); /* signals.c, when a handler was added */
    void *signal_handlers;
    void (*before_close)(
        coil_loop *loop); /* the task room: destroys what is left                   */
    struct coil_context **(*context_of)(void *task); /* the task room: where a task's context is */
    size_t stack_size;
    int stack_guard;
    int64_t sleep_after_ns; /* stacks of tasks that wait so long sleep; < 0: none does */
    bool check_sleep;       /* another thread that touches one is an error to report   */
};

extern __thread struct coil__here coil__here __attribute__((tls_model("initial-exec")));

/* Tells whether this thread may touch the loop: it made it. The owner never changes, so any thread may ask. */
static inline bool coil__loop_is_mine(const coil_loop *loop)
{
    return coil__here.loop == loop || pthread_equal(loop->owner, pthread_self());
}
/* 0 when there is a loop, it is open and this thread's; else -EINVAL, -COIL_ELOOPCLOSED or -COIL_EWRONGTHREAD. */
int coil__loop_usable(coil_loop *loop);

/* ---- the ready FIFO ---- */

static inline void coil__loop_push(coil_loop *loop, struct coil__ready *node)
{
    node->next = NULL;
    *loop->next_tail = node;
    loop->next_tail = &node->next;
}

/* Begins the next turn without the loop's help, for a task that switches straight to the next one: when this turn's snapshot is
 * used up and a full turn would do nothing but take a new one (no timer, nothing in flight, no mail, no
 * signal, no stop). Only inside coil__loop_run: whoever asks for one turn gets one. */
static inline bool coil__loop_roll(coil_loop *loop)
{
    if (loop->now || !loop->next_head || !loop->rolling || coil__timers_any(&loop->timers) ||
        coil__timers_has_due(&loop->timers) || loop->backend->in_flight > 0 ||
        loop->backend->unsent > 0 || atomic_load_explicit(&loop->inbox.top, memory_order_relaxed) ||
        atomic_load_explicit(&loop->signal_bits, memory_order_relaxed))
        return false;
    loop->now = loop->next_head;
    loop->next_head = NULL;
    loop->next_tail = &loop->next_head;
    loop->turns++;
    return true;
}

/* Takes a node out of the FIFO, of this turn or the next: false when it is not there. Walks the FIFO: for what is rare. */
bool coil__loop_take_back(coil_loop *loop, struct coil__ready *node);

/* ---- timers ---- */

/* Arms a timer (which must not be armed) for a time on the loop's clock. Returns 0 or -ENOMEM. */
int coil__timer_arm(coil_loop *loop, struct coil__timer *timer, int64_t when_ns);
/* Makes sure that it won't fire. No-op for an idle one. */
void coil__timer_disarm(coil_loop *loop, struct coil__timer *timer);
static inline bool coil__timer_armed(const struct coil__timer *t)
{
    return t->node.index != 0;
}
static inline int64_t coil__loop_now(const coil_loop *loop)
{
    return coil__clock_now(&loop->clock);
}

/* When the loop must look at its timers again; there are some. A real clock may be asked to look before the first of them is due, when
 * that is far; a virtual one jumps, and only to deadlines. */
static inline int64_t coil__loop_timers_ns(coil_loop *loop)
{
    return loop->clock.is_virtual ? coil__timers_first_ns(&loop->timers)
                                  : coil__timers_wake_ns(&loop->timers);
}

/* The next of this turn's that is due, idle now; NULL when all have fired. */
struct coil__timer *coil__timer_next_due(coil_loop *loop);

/* ---- operations: see engine/backend.h ---- */

static inline void coil__loop_submit(coil_loop *loop, struct coil__op *op)
{
    loop->backend->ops->submit(loop->backend, op);
}
static inline void coil__loop_cancel(coil_loop *loop, struct coil__op *op)
{
    loop->backend->ops->cancel(loop->backend, op);
}
/* How many of n bytes a system call that goes past the backend may be asked for: all, but a simulation may say less, or 0 for none. */
static inline size_t coil__loop_portion(coil_loop *loop, int fd, size_t n)
{
    if (__builtin_expect(!(loop->backend->caps & COIL__CAP_SIMULATED), 1))
        return n;
    return loop->backend->ops->portion(loop->backend, fd,
                                       n > UINT32_MAX ? UINT32_MAX : (uint32_t)n);
}

/* ---- from other threads ---- */

/* Sends mail; its ready node runs in a coming turn. Keeps the order of one sender. The loop must be alive. Any thread. */
void coil__loop_mail(coil_loop *loop, struct coil__mail *mail);
/* The same for a loop that may have been closed meanwhile: -COIL_ELOOPCLOSED then. Any thread. */
int coil__loop_mail_checked(coil_loop *loop, struct coil__mail *mail);
/* Looks at all that is in loop->looks. A host that sleeps on the loop's fd does so between any two turns. */
void coil__loop_look(coil_loop *loop, bool sleeps);
/* Moves what has come into the ready FIFO: the loop's thread. */
void coil__loop_take_mail(coil_loop *loop);
/* Takes every node that would run `run` out of the FIFO and the inbox; nobody may be sending such mail any more. At close. */
void coil__loop_forget(coil_loop *loop, void (*run)(struct coil__ready *node));
/* Makes the loop look at its inbox and signals. Any thread, async-signal-safe. */
void coil__loop_wake(coil_loop *loop);

/* ---- running ---- */

/* One turn. max_wait_ns: how long it may sleep (< 0: as long as it takes). Returns how many nodes ran, or -errno. */
int coil__loop_turn(coil_loop *loop, int64_t max_wait_ns);
/* Binds the loop to this thread for the time of a run. Returns 0 or the error that coil_loop_run_forever documents. */
int coil__loop_enter(coil_loop *loop);
void coil__loop_leave(coil_loop *loop);
/* How many loops are between enter and leave, each in a thread of its own. */
extern atomic_uint coil__loops_running;
/* Turns until loop->stopping, which it clears. */
int coil__loop_run(coil_loop *loop);

/* ---- handles: [generation 32 | slot 24 | loop 8] as a pointer ---- */

_Static_assert(sizeof(void *) == 8, "handles need 64-bit pointers");
static inline void *coil__handle_make(const coil_loop *loop, const struct coil__slab_head *head)
{
    return (void *)(((uintptr_t)head->generation << 32) | ((uintptr_t)head->slot << 8) | loop->id);
}
/* Finds the loop that a handle belongs to: 0 and *ret_loop when this thread may use it, else -EINVAL (NULL), -COIL_ENOLOOP,
 * -COIL_EWRONGTHREAD, -COIL_ESTALE. */
int coil__handle_other_loop(const void *handle, coil_loop **ret_loop);
static inline int coil__handle_loop(const void *handle, coil_loop **ret_loop)
{
    coil_loop *loop = coil__here.loop;
    if (!loop || loop->id != (uint8_t)(uintptr_t)handle || !handle)
        return coil__handle_other_loop(handle, ret_loop);
    *ret_loop = loop;
    return 0;
}
static inline void *coil__handle_find(const struct coil__slab *s, const void *handle)
{
    uintptr_t h = (uintptr_t)handle;
    return coil__slab_find(s, (uint32_t)(h >> 8) & 0xffffff, (uint32_t)(h >> 32));
}
coil_loop *coil__loop_by_id(uint8_t id); /* the registry; for the owning thread */

/* Finds the thread of the open loop with this serial; false when it is closed. */
bool coil__loop_find_serial(uint64_t serial, pthread_t *ret_owner);

/* ---- plain structs of users: locks, queues (owner.c) ---- */

/* Such a thing belongs to the loop that used it first, until that one is closed; before that it is anybody's. *owner is that loop's
 * serial, or 0. Returns 0 when this thread may use it, else -COIL_EWRONGTHREAD; a claim makes the running loop its owner. */
int coil__loop_check_slowly(const unsigned long long *owner);
int coil__loop_claim_slowly(unsigned long long *owner);
static inline bool coil__loop_owns(const unsigned long long *owner)
{
    return coil__here.loop && __atomic_load_n(owner, __ATOMIC_RELAXED) == coil__here.loop->serial;
}
static inline int coil__loop_check(const unsigned long long *owner)
{
    return coil__loop_owns(owner) ? 0 : coil__loop_check_slowly(owner);
}
static inline int coil__loop_claim(unsigned long long *owner)
{
    return coil__loop_owns(owner) ? 0 : coil__loop_claim_slowly(owner);
}
uint32_t coil__loop_generation_seed(const coil_loop *loop);

/* ---- attachments and hooks ---- */

void coil__loop_attach(coil_loop *loop, struct coil__attachment *a, const void *key);
struct coil__attachment *coil__loop_attachment(coil_loop *loop, const void *key); /* or NULL */
void coil__loop_detach(coil_loop *loop, struct coil__attachment *a);

/* Has fn called before a loop opens its backend while no other loop exists (the fork server must start before threads and
 * rings). Called from constructors; fn returns 0 or an error that fails the loop. */
void coil__loop_before_first(int (*fn)(void));
/* Has fn called when the last loop of the process was closed. */
void coil__loop_after_last(void (*fn)(void));

/* ---- errors that nobody awaits ---- */

/* Writes a line to the loop's log, or to stderr. */
void coil__loop_log(coil_loop *loop, int level, const char *line);
void coil__loop_report(coil_loop *loop, const char *message, int error, const char *error_message,
                       coil_task *task, coil_future *future, coil_handle *handle);

#endif

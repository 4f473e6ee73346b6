/* task/task.h: the task from inside, and the three verbs of suspension.
 *
 * Layer: stands on base/, coro/ and loop/.
 *
 * A task runs on its own stack until it suspends: coil__suspend(kind, subject). Then exactly one party wakes it, once:
 * coil__task_wake. What it is suspended in (`kind`) says how a cancellation reaches it. On top of these two,
 * three ready-made waits, which everything else uses:
 *
 *   coil__await(a)         until a task or future is done (cancel is passed on to it)
 *   coil__park(queue)      until somebody unparks it from a queue of waiters (locks, events, queues)
 *   coil__op_await(op)     until a kernel operation is complete (cancel asks the backend)
 *
 * Rules of cancellation (asyncio's, to the letter): cancel() counts the request; when the task is suspended in a
 * kind that takes the request, that is all; otherwise must_cancel is set and delivered at the next
 * suspension, or when the task resumes from one that carries nothing.
 */
#ifndef COIL_TASK_TASK_H
#define COIL_TASK_TASK_H

#include "base/error.h"
#include "coil/run.h"
#include "coil/task.h"
#include "coro/coro.h"
#include "loop/context.h"
#include "loop/loop.h"

struct coil__task;
struct coil__group;
struct coil__awaitable;
struct coil__sleepers;

/* Who wants to know that an awaitable is done. In its list in order of registration; `wake` must only queue. */
struct coil__watcher {
    struct coil__list link;
    void (*wake)(struct coil__watcher *w, struct coil__awaitable *a);
};

enum coil__kind { COIL__KIND_TASK, COIL__KIND_FUTURE };
enum coil__state { COIL__PENDING, COIL__DONE };

/* What a task and a future have in common: one outcome, and those who wait for it. */
struct coil__awaitable {
    struct coil__slab_head head;
    struct coil__list watchers;
    struct coil__error *
        error; /* the record that goes with a negative status, or NULL (a running task: its current one) */
    int32_t status; /* valid when done: negative is an error, -ECANCELED a cancellation */
    uint8_t kind;   /* enum coil__kind                                                 */
    uint8_t state;  /* enum coil__state                                                */
    bool seen;      /* somebody fetched the error: don't report it                     */
    bool owned;     /* the creator's handle is still out                               */
    uint32_t refs;  /* handles, awaiters, and the loop while it is not done            */
    bool landing;   /* task: outputs not landed yet, so the stack's top is kept        */
    bool passing;   /* task: a cancellation is being passed on to what it awaits       */
    uint16_t kept;  /* task: coil_task_ref's that were not given back                  */
};

enum coil__wait_state {
    COIL__WAIT_NONE,
    COIL__WAIT_PENDING,
    COIL__WAIT_GRANTED,   /* woken by what it waited for; queued to run        */
    COIL__WAIT_CANCELLED, /* woken by a cancellation                           */
    COIL__WAIT_TIMEDOUT   /* woken by its timer                                */
};

/* Whether a task's stack may be put to sleep while it waits (sleepers.h): whether nobody else has an address on it. Users' own pointers
 * don't count. */
enum coil__rests {
    COIL__RESTS_NOT,
    COIL__RESTS,
    COIL__RESTS_DIFFERENTLY /* not so; but when its operation is taken back unasked it waits in another kind, which rests */
};

/* What a task can be suspended in. One static object per kind. */
struct coil__wait_kind {
    const char *name; /* for reports: "sleep", "lock" */
    /* Takes a cancellation request for a task that is suspended in this kind and was not woken yet. True: the task will be woken because of it (or, if
     * what it awaits refuses, not at all). False: too late, or it can't; must_cancel is set then. */
    bool (*cancel)(struct coil__task *task);
    /* The loop closes and the task will never run again: end what the kernel still owes to its stack. NULL: nothing. */
    void (*abandon)(struct coil__task *task);
    uint8_t rests; /* enum coil__rests */
};

/* A kind whose subject works on the task's stack in another thread, so that the stack outlasts the loop's other tasks. Its kind.abandon
 * is coil__abandon_and_outlast, which calls the one here. */
struct coil__outlast_kind {
    struct coil__wait_kind kind;
    void (*abandon)(struct coil__task *task);
    /* Asked again and again after that: tells whether the work has ended; may block for a moment. */
    bool (*outlast)(struct coil__task *task);
};
void coil__abandon_and_outlast(struct coil__task *task);
/* Asks once: whether a suspended task, which was abandoned, is of such a kind and still worked for. */
bool coil__task_is_worked_for(struct coil__task *task);

/* The header of a task: four cache lines; the stack is elsewhere. The second line is all that a switch touches. */
struct coil__task {
    /* 1: the outcome */
    struct coil__awaitable base;
    const coil_fn *fn;
    coil_call *call; /* on the stack's top; its slots hold the outputs              */

    /* 2: scheduling */
    struct coil__ready ready; /* queued when it is to start or resume                        */
    struct coil__coro coro;   /* valid while it is not running                               */
    const struct coil__wait_kind
        *kind;           /* what it is suspended in; NULL when it runs or is queued to start */
    void *subject;       /* of the kind: an awaitable, an op, ...                       */
    uint8_t wait_state;  /* enum coil__wait_state, for park and sleep                   */
    bool must_cancel;    /* a cancellation waits to be delivered                        */
    bool wait_cancelled; /* the current wait was asked to end                           */
    uint8_t loop_id;     /* of its loop, for handles made while no loop runs            */
    uint32_t cancelling; /* requests not taken back                                     */
    struct coil__error
        *cancel_error;             /* the message of the cancellation, or NULL                    */
    struct coil__coro *eager_back; /* during an eager first step: whom to go back to              */

    /* 3: identity, and its place in somebody's queue */
    struct coil__watcher waiter; /* when the kind uses one                                      */
    struct coil__stack stack;    /* top == NULL once it was given back                          */
    const char *file;            /* where it was created                                        */
    uint64_t birth; /* and at which line (the low 24 bits), as which in its loop             */
    uintptr_t name; /* the string that it was given; or "Task-<n>" as 2n + 1       */

    /* 4: time, and the group */
    struct coil__timer timer; /* for sleep, when nothing else may be on the stack            */
    struct coil__list group_link;
    struct coil__group *group; /* the group it belongs to, which owns its handle; or NULL     */
    coil_context *context;     /* its values of context variables: a reference, or NULL       */
};

/* The task room's part of a loop. */
struct coil__tasks {
    coil_loop *loop;
    struct coil__slab slab;
    struct coil__slab futures;
    struct coil__stack_pool *stacks;
    struct coil__coro
        loop_coro;           /* the loop's own stack, while a task runs                        */
    struct coil__task *reap; /* ended a moment ago; its stack is given back from the next context */
    struct coil__list generators; /* made or started in this loop: generator.h               */
    struct coil__list hands; /* stand-ins that outlive their coroutine: hand.h                */
    bool holds_generators;   /* it keeps the thread's generators' memory                */
    uint64_t created;
    uintptr_t next_number,
        end_of_numbers;        /* of automatic names, taken and not used yet: numbers.c */
    uint32_t alive;            /* tasks that have not ended                                      */
    bool eager;                /* coil_create_task starts eagerly                                */
    struct coil__noted *noted; /* debug mode: stored calls; or NULL                        */
    struct coil__sleepers *sleepers; /* puts stacks to sleep; NULL: they stay awake         */
};

#ifndef COIL__FIBER_HOOKS
_Static_assert((sizeof(struct coil__task) + 15) / 16 == 16 &&
                   offsetof(struct coil__task, ready) == 64,
               "a task is four cache lines, and a switch touches the second");
#endif

/* One word, written at once: compilers write bit-fields one after the other, and each reads what the one before has just written. */
enum { COIL__LINE_BITS = 24 };
static inline uint64_t coil__birth(int line, uint64_t number)
{
    return number << COIL__LINE_BITS | ((uint32_t)line & ((1u << COIL__LINE_BITS) - 1));
}
static inline int coil__task_line(const struct coil__task *t)
{
    return (int)(t->birth & ((1u << COIL__LINE_BITS) - 1));
}
/* The order of creation among the tasks of its loop. */
static inline uint64_t coil__task_number(const struct coil__task *t)
{
    return t->birth >> COIL__LINE_BITS;
}
/* The name that a task was given; NULL while it has an automatic one. */
static inline char *coil__task_own_name(const struct coil__task *t)
{
    return t->name & 1 ? NULL : (char *)t->name;
}

static inline struct coil__tasks *coil__tasks_of(coil_loop *loop)
{
    return loop->tasks;
}
/* The running task, NULL outside of tasks. */
static inline struct coil__task *coil__current(void)
{
    return coil__here.task;
}
/* The loop of a task: the running one, or found by its id while none runs. */
static inline coil_loop *coil__task_loop(const struct coil__task *t)
{
    return coil__here.loop ? coil__here.loop : coil__loop_by_id(t->loop_id);
}
/* The running task or the error to return: 0, -COIL_ENOLOOP, -COIL_ENOTASK. */
static inline int coil__current_or_error(struct coil__task **ret_task)
{
    if (!coil__here.loop)
        return -COIL_ENOLOOP;
    *ret_task = coil__here.task;
    return *ret_task ? 0 : -COIL_ENOTASK;
}

/* ---- handles ---- */

coil_task *coil__task_handle(const struct coil__task *t);
/* Checks a handle. Returns 0 and *ret_task, or -EINVAL, -COIL_ENOLOOP, -COIL_EWRONGTHREAD, -COIL_ESTALE. */
static inline int coil__task_find(const coil_task *handle, struct coil__task **ret_task)
{
    coil_loop *loop;
    int err = coil__handle_loop(handle, &loop);
    if (err < 0)
        return err;
    if (!loop->tasks)
        return -COIL_ESTALE;
    *ret_task = (struct coil__task *)coil__handle_find(&coil__tasks_of(loop)->slab, handle);
    return *ret_task ? 0 : -COIL_ESTALE;
}
static inline void coil__awaitable_ref(struct coil__awaitable *a)
{
    a->refs++;
}
void coil__awaitable_last_unref(coil_loop *loop, struct coil__awaitable *a);
static inline void coil__awaitable_unref(coil_loop *loop, struct coil__awaitable *a)
{
    if (a->refs > 1)
        a->refs--;
    else
        coil__awaitable_last_unref(loop, a);
}

/* ---- creating ---- */

/* Creates a task that runs *call, in that context (NULL: in a copy of the current one); queued, not run (unless eager). *ret_task carries one reference, the creator's.
 * Returns 0, -COIL_ENOLOOP, -ENOMEM, -COIL_ESTACKS, -COIL_ECALLUSED. */
int coil__task_new_in(coil_loop *loop, coil_context *context, const coil_call *call,
                      const char *name, bool eager, const char *file, int line,
                      struct coil__task **ret_task);
static inline int coil__task_new(coil_loop *loop, const coil_call *call, const char *name,
                                 bool eager, const char *file, int line,
                                 struct coil__task **ret_task)
{
    return coil__task_new_in(loop, NULL, call, name, eager, file, line, ret_task);
}
/* Whether the loop's tasks start eagerly. */
static inline bool coil__tasks_eager(coil_loop *loop)
{
    return loop && loop->tasks && coil__tasks_of(loop)->eager;
}
/* Runs a call object in the current task (or thread): pool, time limit, landing of outputs. */
int coil__call_run(coil_call *call);
/* Claims a call object: 0 the first time, -COIL_ECALLUSED after, -EINVAL for a senseless one. */
int coil__call_claim_checked(const coil_call *call);
static inline int coil__call_claim(const coil_call *call)
{
    return call->ticket || call->flags & COIL__CALL_BAD || !call->fn
               ? coil__call_claim_checked(call)
               : 0;
}
/* Uses a call object up without running it: whoever took it failed. */
void coil__call_drop(const coil_call *call);

/* Requests a cancellation. error: a reference to a record with the message, taken over; may be NULL. True when it was taken. */
bool coil__task_cancel(struct coil__task *t, struct coil__error *error);

/* ---- running ---- */

/* Makes the runner's loop now, if it has none. Returns 0 and the loop, or the error of coil_loop_new. */
int coil__runner_open(coil_runner *r, coil_loop **ret_loop);

/* ---- suspension ---- */

/* Suspends the running task in `kind` (suspend.h); returns when it was woken. Delivers a pending cancellation to the kind first. */
void coil__suspend(const struct coil__wait_kind *kind, void *subject);
/* Queues a suspended task to resume in the next turn. Exactly once per suspension. */
void coil__task_wake(struct coil__task *t);
/* Takes a pending cancellation: -ECANCELED (or what was thrown into a coroutine by hand), which the caller now must return; else 0. */
int coil__take_cancel(struct coil__task *t);

/* Lets the task go round once: 0 or -ECANCELED. */
int coil__yield(void);

/* Waits until `a` is done: its status, the record adopted; or -ECANCELED. Holds a reference meanwhile. */
int coil__await(struct coil__awaitable *a);

/* Appends the running task to `queue` (NULL: to none) and suspends until coil__unpark. Returns 0 or -ECANCELED. The task stays in
 * the queue until it runs again, as a future stays in asyncio's deques; then it has been removed. *ret_granted (may be NULL)
 * tells whether it was unparked, also when -ECANCELED is returned (the cancel came after): the caller then passes
 * on what it was granted. */
int coil__park(struct coil__list *queue, const struct coil__wait_kind *kind, bool *ret_granted);
/* The same, also unparked (not granted) at a time on the loop's clock: returns -ETIMEDOUT then. Uses the task's own timer. */
int coil__park_until(struct coil__list *queue, const struct coil__wait_kind *kind, int64_t when_ns,
                     bool *ret_granted);
/* Grants: the parked task resumes in the next turn. False, and nothing happens, when it was granted or cancelled already. */
bool coil__unpark(struct coil__task *t);
/* True while it can be granted: asyncio's `not fut.done()`. */
static inline bool coil__parked(const struct coil__task *t)
{
    return t->wait_state == COIL__WAIT_PENDING;
}
static inline struct coil__task *coil__queue_task(struct coil__list *node)
{
    return COIL__CONTAINER(node, struct coil__task, waiter.link);
}
/* The kind-independent cancel of a parked task; what a kind for coil__park has as its cancel. */
bool coil__park_cancel(struct coil__task *t);

/* Submits an operation and waits for it. Returns op->result. A cancellation asks the backend; -ECANCELED is returned only when
 * the operation took nothing; when it did, the cancellation stays pending for the next suspension. `op` may live on the stack. */
int coil__op_await(struct coil__op *op);
/* The same in a kind of one's own, whose cancel and abandon are the two below. */
int coil__op_await_in(struct coil__op *op, const struct coil__wait_kind *kind);
bool coil__op_cancel(struct coil__task *t);
void coil__op_abandon(struct coil__task *t);

/* ---- outcomes ---- */

/* Of one that nobody watches and that has no record. */
static inline void coil__awaitable_begin(struct coil__awaitable *a, enum coil__kind kind,
                                         uint32_t refs)
{
    a->status = 0;
    a->kind = (uint8_t)kind;
    a->state = COIL__PENDING;
    a->seen = false;
    a->owned = false;
    a->refs = refs;
    a->landing = false;
    a->passing = false;
    a->kept = 0;
}
static inline void coil__awaitable_init(struct coil__awaitable *a, enum coil__kind kind,
                                        uint32_t refs)
{
    coil__list_init(&a->watchers);
    a->error = NULL;
    coil__awaitable_begin(a, kind, refs);
}
/* Settles: status, record (a reference, taken over, may be NULL), and the watchers are woken in order. */
static inline void coil__awaitable_finish(struct coil__awaitable *a, int status,
                                          struct coil__error *error)
{
    a->state = COIL__DONE;
    a->status = status;
    a->error = error;
    struct coil__list *node;
    while ((node = coil__list_pop(&a->watchers))) {
        struct coil__watcher *w = COIL__CONTAINER(node, struct coil__watcher, link);
        w->wake(w, a);
    }
}
static inline bool coil__awaitable_done(const struct coil__awaitable *a)
{
    return a->state == COIL__DONE;
}
/* Passes a cancellation to a task or future: true when it was taken. */
bool coil__awaitable_cancel(coil_loop *loop, struct coil__awaitable *a, struct coil__error *error);
static inline void coil__watch(struct coil__awaitable *a, struct coil__watcher *w)
{
    coil__list_append(&a->watchers, &w->link);
}
/* The record of its error, a reference. A cancelled task tells its message once: asyncio, too, hands its CancelledError on to
 * the first who asks. */
struct coil__error *coil__awaitable_hand_on(struct coil__awaitable *a);
/* Fetches the outcome: adopts the record into the current slot, marks the error as seen, lands a task's outputs (once). */
int coil__awaitable_take_all(struct coil__awaitable *a);
static inline int coil__awaitable_take(struct coil__awaitable *a)
{
    if (a->status < 0 || a->landing || a->kind != COIL__KIND_TASK)
        return coil__awaitable_take_all(a);
    a->seen = true;
    return a->status;
}

#endif

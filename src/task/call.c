/* task/call.c: call objects at run time: tickets (used once), performing, the wrappers' flags. */
#include "coil/call.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/memory.h"
#include "coil/gather.h"
#include "coil/task.h"
#include "coil/timeout.h"
#include "task/pool.h"
#include "task/tasks.h"

/* ---------------------------------------------------------------- tickets ---- */

/* The tickets that were given out and not used yet: a hash set with linear probing. A call object that is never used
 * leaves four bytes here. The table is freed when it is empty. */
static struct {
    pthread_mutex_t lock;
    uint32_t *slots; /* 0: free */
    uint32_t room, used, last;
} tickets = {.lock = PTHREAD_MUTEX_INITIALIZER};

static uint32_t home_of(uint32_t ticket)
{
    return (ticket * 0x9E3779B1u) & (tickets.room - 1);
}

static void insert(uint32_t ticket)
{
    uint32_t i = home_of(ticket);
    while (tickets.slots[i])
        i = (i + 1) & (tickets.room - 1);
    tickets.slots[i] = ticket;
    tickets.used++;
}

static bool make_room(void)
{
    if (tickets.used * 2 < tickets.room)
        return true;
    uint32_t old_room = tickets.room, *old = tickets.slots;
    uint32_t room = old_room ? old_room * 2 : 64;
    uint32_t *slots = coil__calloc(room, sizeof *slots);
    if (!slots)
        return false;
    tickets.slots = slots;
    tickets.room = room;
    tickets.used = 0;
    for (uint32_t i = 0; i < old_room; i++)
        if (old[i])
            insert(old[i]);
    coil__free(old);
    return true;
}

coil_call coil__public_ticket(coil_call c, const char *file, int line)
{
    pthread_mutex_lock(&tickets.lock);
    if (make_room()) {
        if (++tickets.last == 0)
            tickets.last = 1;
        insert(tickets.last);
        c.ticket = tickets.last;
    }
    pthread_mutex_unlock(&tickets.lock);
    coil_loop *loop = coil__here.loop;
    if (loop && loop->debug && c.ticket)
        coil__debug_note_call(loop, &c, file, line);
    return c;
}

bool coil__call_is_unused(uint32_t ticket)
{
    pthread_mutex_lock(&tickets.lock);
    bool found = false;
    if (tickets.room > 0)
        for (uint32_t i = home_of(ticket); tickets.slots[i] && !found;
             i = (i + 1) & (tickets.room - 1))
            found = tickets.slots[i] == ticket;
    pthread_mutex_unlock(&tickets.lock);
    return found;
}

/* Removes a ticket; the entries behind it that were pushed on by it move up. False when it was not there. */
static bool use_ticket(uint32_t ticket)
{
    if (tickets.room == 0)
        return false;
    uint32_t mask = tickets.room - 1, hole = home_of(ticket);
    while (tickets.slots[hole] != ticket) {
        if (tickets.slots[hole] == 0)
            return false;
        hole = (hole + 1) & mask;
    }
    for (uint32_t i = (hole + 1) & mask; tickets.slots[i]; i = (i + 1) & mask) {
        uint32_t home = home_of(tickets.slots[i]);
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            tickets.slots[hole] = tickets.slots[i];
            hole = i;
        }
    }
    tickets.slots[hole] = 0;
    if (--tickets.used == 0) {
        coil__free(tickets.slots);
        tickets.slots = NULL;
        tickets.room = 0;
    }
    return true;
}

int coil__call_claim_checked(const coil_call *call)
{
    if (!call->fn)
        return coil_fail(-EINVAL, "the call object is empty");
    if (call->flags & COIL__CALL_BAD)
        return coil_fail(-EINVAL,
                         "%s: a time limit can't run inside a pool: write "
                         "coil_wait_for(coil_to_thread(...), s)",
                         call->fn->name);
    if (call->ticket == 0)
        return 0;
    pthread_mutex_lock(&tickets.lock);
    bool good = use_ticket(call->ticket);
    pthread_mutex_unlock(&tickets.lock);
    return good ? 0
                : coil_fail(-COIL_ECALLUSED, "the call object of %s() has been used already",
                            call->fn->name);
}

void coil__call_drop(const coil_call *call)
{
    if (call->ticket == 0)
        return;
    pthread_mutex_lock(&tickets.lock);
    use_ticket(call->ticket);
    pthread_mutex_unlock(&tickets.lock);
}

/* ---------------------------------------------------------------- running ---- */

static int run_unlimited(coil_call *call)
{
    if (call->flags & COIL__CALL_POOL)
        return call->via->ops->run(call->via, call);
    return call->fn->enter(call->args);
}

/* A limit of zero or less: the call is not begun, but what is done already gives its result. */
static int run_with_no_time(coil_call *call)
{
    struct coil__awaitable *a;
    int err = coil__call_awaitable(call, &a);
    if (err < 0)
        return err;
    if (a && coil__awaitable_done(a))
        return run_unlimited(call);
    struct coil__task *t = NULL;
    if (!a) {
        coil_call plain = *call;
        plain.flags &= (unsigned short)~COIL__CALL_TIMEOUT;
        plain.ticket = 0;
        err = coil__task_new(coil__here.loop, &plain, NULL, false, __FILE__, __LINE__, &t);
        if (err < 0)
            return err;
        a = &t->base;
    }
    int status = coil__cancel_and_wait(a);
    if (status >= 0) { /* nothing interrupted the wait: now the outcome is known */
        status = coil__awaitable_take(a);
        if (status == -ECANCELED)
            status = coil_fail(-ETIMEDOUT, "%s: no time was left", call->fn->name);
    }
    if (t) {
        t->base.owned = false;
        coil__awaitable_unref(coil__here.loop, &t->base);
    }
    return status;
}

static int run_limited(coil_call *call)
{
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (err < 0)
        return err;
    if (call->timeout != call->timeout)
        return coil_fail(-EINVAL, "%s: the time limit is not a number", call->fn->name);
    if (call->timeout <= 0)
        return run_with_no_time(call);
    coil_timeout limit;
    err = coil_timeout_enter(&limit, call->timeout);
    if (err < 0)
        return err;
    return coil_timeout_exit(&limit, run_unlimited(call));
}

int coil__call_run(coil_call *call)
{
    return call->flags & COIL__CALL_TIMEOUT ? run_limited(call) : run_unlimited(call);
}

int coil_perform(coil_call c)
{
    int err = coil__call_claim(&c);
    if (err < 0)
        return err;
    int status = coil__call_run(&c);
    if (status >= 0 && c.fn->land)
        c.fn->land(c.args);
    return status;
}

int coil__public_wait_for(coil_call c, double seconds)
{
    return coil_perform(coil__async_coil__public_wait_for(c, seconds));
}

int coil_apply(coil_thunk fn, void *arg)
{
    return fn ? fn(arg) : -EINVAL;
}

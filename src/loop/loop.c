/* loop/loop.c: one turn of the loop, and running turns.
 *
 * Invariant of sleeping: the flag goes up before the inbox is looked at for the last time, and whoever puts something
 * into an empty inbox looks at the flag afterwards; so either the loop sees the mail or the sender wakes it.
 */
#include "loop/loop.h"

#include <errno.h>
#include <string.h>

#include "loop/debug.h"

__thread struct coil__here coil__here __attribute__((tls_model("initial-exec")));

/* ---------------------------------------------------------------- timers ---- */

int coil__timer_arm(coil_loop *loop, struct coil__timer *timer, int64_t when_ns)
{
    timer->node.when_ns = when_ns;
    return coil__timers_push(&loop->timers, &timer->node, &loop->clock);
}

void coil__timer_disarm(coil_loop *loop, struct coil__timer *timer)
{
    coil__timers_remove(&loop->timers, &timer->node);
}

/* What is due at the end of this turn, all of it before any of it fires. */
static void gather_due(coil_loop *loop)
{
    if (!coil__timers_any(&loop->timers))
        return;
    int64_t now = coil__loop_now(loop);
    coil__timers_take_due(&loop->timers, now);
    if (coil__timers_has_due(&loop->timers))
        loop->told_ns = now;
}

struct coil__timer *coil__timer_next_due(coil_loop *loop)
{
    struct coil__heap_node *node = coil__timers_next_due(&loop->timers);
    return node ? COIL__CONTAINER(node, struct coil__timer, node) : NULL;
}

/* ---------------------------------------------------------------- from other threads ---- */

void coil__loop_wake(coil_loop *loop)
{
    if (atomic_exchange(&loop->sleeping, 0))
        loop->backend->ops->wake(loop->backend);
}

/* Whether this thread's loop goes straight to its next poll: then a wake-up can travel with that. */
static bool polls_next(coil_loop *here)
{
    return here && here->defers_wakes && here->backend->ops->message && here->rolling &&
           !here->now && !coil__timers_has_due(&here->timers) && !here->clock.is_virtual;
}

/* From a thread, never from a signal handler: this thread's own backend may carry it. */
static void wake_from_here(coil_loop *loop)
{
    if (!atomic_exchange(&loop->sleeping, 0))
        return;
    coil_loop *here = coil__here.loop;
    if (!polls_next(here) || !here->backend->ops->message(here->backend, loop->backend))
        loop->backend->ops->wake(loop->backend);
}

void coil__loop_mail(coil_loop *loop, struct coil__mail *mail)
{
    /* once pushed the mail may be read, and the loop be closed by who reads it, before it is woken here */
    atomic_fetch_add(&loop->senders, 1);
    if (coil__mpsc_push(&loop->inbox, &mail->node))
        wake_from_here(loop);
    atomic_fetch_sub(&loop->senders, 1);
}

void coil__loop_take_mail(coil_loop *loop)
{
    if (coil__mpsc_empty(&loop->inbox))
        return;
    struct coil__mpsc_node *node = coil__mpsc_take(&loop->inbox);
    while (node) {
        struct coil__mail *mail = COIL__CONTAINER(node, struct coil__mail, node);
        node = node->next;
        coil__loop_push(loop, &mail->ready);
    }
}

void coil__loop_forget(coil_loop *loop, void (*run)(struct coil__ready *node))
{
    coil__loop_take_mail(loop);
    struct coil__ready *node = loop->next_head;
    loop->next_head = NULL;
    loop->next_tail = &loop->next_head;
    while (node) {
        struct coil__ready *next = node->next;
        if (node->run != run)
            coil__loop_push(loop, node);
        node = next;
    }
}

void coil__loop_look(coil_loop *loop, bool sleeps)
{
    COIL__LIST_FOREACH (node, &loop->looks) {
        struct coil__look *l = COIL__CONTAINER(node, struct coil__look, link);
        l->look(l, sleeps);
    }
}

static void drain_signals(coil_loop *loop)
{
    if (atomic_load_explicit(&loop->signal_bits, memory_order_relaxed) == 0)
        return;
    unsigned long long bits = atomic_exchange(&loop->signal_bits, 0);
    if (loop->on_signals)
        loop->on_signals(loop, bits);
}

/* ---------------------------------------------------------------- one turn ---- */

static bool has_ready(coil_loop *loop)
{
    return loop->next_head != NULL || loop->stopping || !coil__mpsc_empty(&loop->inbox) ||
           atomic_load_explicit(&loop->signal_bits, memory_order_relaxed) != 0;
}

/* The loop is not woken for timers more often than this: those that lie closer together are told together, the first of them a little late.
 * It is also by how much the kernel's own sleeps are late (its timer slack). */
enum { TIMERS_APART_NS = 50000 };

/* How long the poll may sleep: 0, a number of ns, or < 0 for as long as it takes. */
static int64_t time_to_wait(coil_loop *loop, int64_t max_wait_ns)
{
    if (has_ready(loop))
        return 0;
    if (!coil__timers_any(&loop->timers))
        return max_wait_ns;
    int64_t now = coil__loop_now(loop), left = coil__loop_timers_ns(loop) - now;
    if (left <= 0)
        left = 0;
    else if (left < loop->told_ns + TIMERS_APART_NS - now && !loop->clock.is_virtual)
        left = loop->told_ns + TIMERS_APART_NS - now;
    return max_wait_ns >= 0 && max_wait_ns < left ? max_wait_ns : left;
}

/* A few moments in which only memory is looked at, if there is any to look at. */
static bool glance(coil_loop *loop)
{
    for (int i = 0; i < 16; i++) {
        coil__spin_pause();
        if (coil__list_empty(&loop->looks))
            continue;
        coil__loop_look(loop, false);
        if (has_ready(loop))
            return true;
    }
    return false;
}

/* Watches for completions and mail, at most as long as the poll might sleep. Senders see a loop that is awake. */
static int watch(coil_loop *loop, int64_t wait_ns)
{
    int64_t begin = coil__clock_monotonic(), now = begin;
    int64_t limit_ns =
        wait_ns >= 0 && wait_ns < loop->spin.limit_ns ? wait_ns : loop->spin.limit_ns;
    int n;
    bool caught;
    do {
        caught = glance(loop);
        if (!caught)
            coil__spin_give_way();
        n = loop->backend->ops->poll(loop->backend, 0);
        caught = caught || n != 0 || has_ready(loop);
        now = coil__clock_monotonic();
    } while (!caught && now - begin < limit_ns);
    coil__spin_ended(&loop->spin, caught, now - begin);
    return n;
}

static int poll_backend(coil_loop *loop, int64_t wait_ns)
{
    if (!coil__list_empty(&loop->looks)) {
        coil__loop_look(loop, false);
        wait_ns = has_ready(loop) ? 0 : wait_ns;
    }
    if (wait_ns == 0) {
        if (!loop->backend->ops->pending(loop->backend))
            return 0;
        return loop->backend->ops->poll(loop->backend, 0);
    }
    if (coil__spin_worth(&loop->spin) && !loop->clock.is_virtual && !has_ready(loop)) {
        int n = watch(loop, wait_ns);
        if (n != 0 || has_ready(loop))
            return n;
        if (wait_ns > 0) /* the timer's time has come nearer */
            wait_ns = wait_ns > loop->spin.limit_ns ? wait_ns - loop->spin.limit_ns : 1;
    }
    atomic_store(&loop->sleeping, 1);
    int n = 0;
    coil__loop_look(loop, true);
    if (!has_ready(loop))
        n = loop->backend->ops->poll(loop->backend, wait_ns);
    atomic_store(&loop->sleeping, 0);
    return n;
}

/* The virtual clock: what is in flight in the real world gets a short real while to happen, then time jumps. A simulation,
 * whose world is the program itself and which runs a thousand times, gives it a shorter one; and lets time pass in a loop that
 * is never idle, too. */
static int poll_virtual(coil_loop *loop, int64_t wait_ns)
{
    enum { REAL_GRACE_NS = 2000000, SHORT_GRACE_NS = 100000, BUSY_TURN_NS = 1000 };
    struct coil__backend *backend = loop->backend;
    bool simulated = backend->caps & COIL__CAP_SIMULATED;
    bool timed = coil__timers_any(&loop->timers);
    if (wait_ns == 0 && simulated)
        loop->clock.virtual_ns += BUSY_TURN_NS;
    if (wait_ns == 0 || (!timed && !simulated))
        return poll_backend(loop, wait_ns);
    if (backend->in_flight > 0 || !timed) {
        int n = poll_backend(loop, !timed ? wait_ns : simulated ? SHORT_GRACE_NS : REAL_GRACE_NS);
        if (n != 0 || has_ready(loop))
            return n;
    }
    int64_t timer_ns = coil__timers_first_ns(&loop->timers), next_ns = timer_ns;
    if (simulated)
        next_ns = backend->ops->wake_time(backend, next_ns);
    if (next_ns == COIL__NEVER)
        return 0;
    int64_t now = loop->clock.virtual_ns;
    bool for_timer = wait_ns < 0 || (timed && wait_ns >= timer_ns - now);
    if (for_timer || wait_ns > next_ns - now)
        wait_ns = next_ns - now;
    if (wait_ns > 0)
        loop->clock.virtual_ns += wait_ns;
    return 0;
}

static int run_snapshot(coil_loop *loop)
{
    int ran = 0;
    if (__builtin_expect(loop->debug, 0))
        return coil__debug_snapshot(loop);
    loop->now = loop->next_head;
    loop->next_head = NULL;
    loop->next_tail = &loop->next_head;
    while (loop->now) {
        struct coil__ready *node = loop->now;
        loop->now = node->next;
        node->run(node);
        ran++;
    }
    for (struct coil__timer *timer; (timer = coil__timer_next_due(loop)); ran++)
        timer->fire(timer);
    return ran;
}

int coil__loop_turn(coil_loop *loop, int64_t max_wait_ns)
{
    int64_t wait_ns = time_to_wait(loop, max_wait_ns);
    if (__builtin_expect(loop->before_poll != NULL, 0))
        wait_ns = loop->before_poll(loop, wait_ns);
    if (wait_ns != 0 && loop->on_idle)
        loop->on_idle(loop);
    int n = loop->clock.is_virtual ? poll_virtual(loop, wait_ns) : poll_backend(loop, wait_ns);
    if (n < 0 && n != -EINTR)
        return n;
    coil__loop_take_mail(loop);
    drain_signals(loop);
    gather_due(loop);
    loop->turns++;
    return run_snapshot(loop);
}

/* The place in a list that points to the node; NULL when it is not there. */
static struct coil__ready **place_of(struct coil__ready **at, const struct coil__ready *node)
{
    while (*at && *at != node)
        at = &(*at)->next;
    return *at ? at : NULL;
}

bool coil__loop_take_back(coil_loop *loop, struct coil__ready *node)
{
    struct coil__ready **at = place_of(&loop->next_head, node);
    if (at && loop->next_tail == &node->next)
        loop->next_tail = at;
    if (!at)
        at = place_of(&loop->now, node);
    if (!at)
        at = place_of(&loop->held_back, node);
    if (at)
        *at = node->next;
    return at != NULL;
}

/* ---------------------------------------------------------------- running ---- */

atomic_uint coil__loops_running;

int coil__loop_enter(coil_loop *loop)
{
    int err = coil__loop_usable(loop);
    if (err < 0)
        return err;
    if (coil__here.loop || loop->running)
        return -COIL_ELOOPRUNNING;
    loop->running = true;
    atomic_fetch_add_explicit(&coil__loops_running, 1, memory_order_relaxed);
    loop->outside = coil__here;
    coil__here = (struct coil__here){loop, NULL, NULL};
    return 0;
}

void coil__loop_leave(coil_loop *loop)
{
    if (loop->on_idle)
        loop->on_idle(loop);
    if (loop->backend->unsent > 0)
        loop->backend->ops->flush(loop->backend);
    loop->running = false;
    atomic_fetch_sub_explicit(&coil__loops_running, 1, memory_order_relaxed);
    coil__here = loop->outside;
}

int coil__loop_run(coil_loop *loop)
{
    int n;
    do {
        loop->rolling = !loop->debug && !loop->stopping;
        n = coil__loop_turn(loop, -1);
    } while (n >= 0 && !loop->stopping);
    loop->rolling = false;
    loop->stopping = false;
    return n < 0 ? n : 0;
}

/* ---------------------------------------------------------------- watching before sleeping ---- */

int coil_loop_set_spin(coil_loop *loop, double seconds)
{
    if (!loop || !(seconds >= 0 && seconds <= 1))
        return coil_fail(-EINVAL, "coil_loop_set_spin: %g seconds: expected 0 to 1", seconds);
    int err = coil__loop_usable(loop);
    if (err >= 0)
        loop->spin.limit_ns = coil__seconds_to_ns(seconds);
    return err;
}

double coil_loop_spin_time(coil_loop *loop)
{
    return coil__loop_usable(loop) < 0 ? __builtin_nan("")
                                       : coil__ns_to_seconds(loop->spin.spent_ns);
}

/* loop/signals.c: a handler that only notes its signal and wakes, and callbacks that run in their turn.
 *
 * As in asyncio, where the numbers come through a pipe: each delivery is one call of the callback, in the order of the deliveries;
 * the queue is read by a callback in the turn that saw it, so theirs is the next turn, and who is called is decided then.
 *
 * signal_loops says which loop has a signal; the handler reads it, so it is set before sigaction and cleared after the action
 * was put back.
 */
#include "loop/signals.h"

#include <errno.h>

#include "base/memory.h"
#include "base/sys.h"
#include "coil/signals.h"
#include "loop/callbacks.h"

enum { LAST_SIGNAL = 64 };

static _Atomic(coil_loop *) signal_loops[LAST_SIGNAL + 1];

struct signal_handler {
    coil_callback fn;
    void *arg;
    coil_context *context; /* a copy of the one it was added in; or NULL */
    bool once;
    struct sigaction before; /* what was there: the default, or what the program had set up */
};

struct signal_handlers {
    struct coil__ready ready; /* the reading of the queue */
    coil_loop *loop;
    bool queued;
    struct signal_handler of[LAST_SIGNAL + 1];
};

/* In a signal handler, in any thread, perhaps inside another one of these. */
static void note(struct coil__signal_queue *q, int signo)
{
    const unsigned room = sizeof q->slots;
    unsigned tail = atomic_load(&q->tail);
    do {
        if (tail - atomic_load(&q->head) == room) {
            atomic_fetch_or(&q->lost, 1ull << (signo - 1));
            return;
        }
    } while (!atomic_compare_exchange_weak(&q->tail, &tail, tail + 1));
    atomic_store(&q->slots[tail % room], (unsigned char)signo);
}

static void on_signal(int signo)
{
    int saved = errno;
    coil_loop *loop = atomic_load(&signal_loops[signo]);
    if (loop) {
        note(&loop->signals, signo);
        atomic_fetch_or(&loop->signal_bits, 1ull << (signo - 1));
        coil__loop_wake(loop);
    }
    errno = saved;
}

static struct signal_handlers *handlers_of(coil_loop *loop)
{
    return loop->signal_handlers;
}

/* Queues the callback of a signal for the next turn. False without memory. */
static bool call(coil_loop *loop, int signo)
{
    struct signal_handler *h = &handlers_of(loop)->of[signo];
    if (!h->fn || h->once)
        return true;
    struct coil__callback_handle *cb = coil__callback_new(loop, h->fn, h->arg);
    if (!cb)
        return false;
    cb->context = coil_context_ref(h->context);
    coil__callback_push(loop, cb);
    return true;
}

/* What is left for lack of memory is tried again in the next turn. */
static void try_again(coil_loop *loop, int signo)
{
    atomic_fetch_or(&loop->signal_bits, 1ull << (signo - 1));
}

static void read_queue(struct coil__ready *node)
{
    struct signal_handlers *all = COIL__CONTAINER(node, struct signal_handlers, ready);
    coil_loop *loop = all->loop;
    struct coil__signal_queue *q = &loop->signals;
    all->queued = false;
    for (;;) {
        unsigned head = atomic_load(&q->head);
        int signo = atomic_load(&q->slots[head % sizeof q->slots]);
        if (head == atomic_load(&q->tail) ||
            signo == 0) /* 0: its writer is not ready, and will wake us */
            break;
        if (!call(loop, signo)) {
            try_again(loop, signo);
            return;
        }
        atomic_store(&q->slots[head % sizeof q->slots], 0);
        atomic_store(&q->head, head + 1);
    }
    unsigned long long lost = atomic_exchange(&q->lost, 0);
    for (int signo = 1; signo <= LAST_SIGNAL; signo++) {
        if (!(lost & (1ull << (signo - 1))) || call(loop, signo))
            continue;
        atomic_fetch_or(&q->lost, 1ull << (signo - 1));
        try_again(loop, signo);
    }
}

/* The loop has seen that signals came. coil_run's own is acted on at once, as Python's handler of SIGINT is. */
static void deliver(coil_loop *loop, unsigned long long bits)
{
    struct signal_handlers *all = handlers_of(loop);
    for (int signo = 1; signo <= LAST_SIGNAL; signo++) {
        struct signal_handler *h = &all->of[signo];
        if (bits & (1ull << (signo - 1)) && h->fn && h->once)
            (void)h->fn(h->arg);
    }
    if (all->queued)
        return;
    all->queued = true;
    coil__loop_push(loop, &all->ready);
}

int coil__signal_catch(coil_loop *loop, int signo, coil_callback fn, void *arg, bool once)
{
    if (signo < 1 || signo > LAST_SIGNAL || signo == SIGKILL || signo == SIGSTOP || !fn)
        return -EINVAL;
    coil_loop *holder = atomic_load(&signal_loops[signo]);
    if (holder && holder != loop)
        return -EBUSY;
    if (!loop->signal_handlers) {
        struct signal_handlers *all = coil__calloc(1, sizeof *all);
        if (!all)
            return -ENOMEM;
        all->ready.run = read_queue;
        all->loop = loop;
        loop->signal_handlers = all;
        loop->on_signals = deliver;
    }
    coil_context *context;
    if (coil__context_inherit(&context) < 0)
        return -ENOMEM;
    struct signal_handler *h = &handlers_of(loop)->of[signo];
    struct sigaction action = {.sa_handler = on_signal,
                               .sa_flags = SA_RESTART | (once ? (int)SA_RESETHAND : 0)};
    struct sigaction before;
    sigfillset(&action.sa_mask);
    atomic_store(&signal_loops[signo], loop);
    if (coil__sys_sigaction(signo, &action, &before) < 0) {
        int err = -errno;
        if (!holder)
            atomic_store(&signal_loops[signo], NULL);
        coil_context_unref(context);
        return err;
    }
    if (!holder)
        h->before = before;
    h->fn = fn;
    h->arg = arg;
    coil_context_unref(h->context);
    h->context = context;
    h->once = once;
    return 0;
}

int coil__signal_release(coil_loop *loop, int signo, coil_callback fn, void *arg)
{
    if (signo < 1 || signo > LAST_SIGNAL || atomic_load(&signal_loops[signo]) != loop)
        return 0;
    struct signal_handler *h = &handlers_of(loop)->of[signo];
    if (fn && (h->fn != fn || h->arg != arg))
        return 0;
    coil__sys_sigaction(signo, &h->before, NULL);
    atomic_store(&signal_loops[signo], NULL);
    h->fn = NULL;
    coil_context_unref(h->context);
    h->context = NULL;
    return 1;
}

void coil__signals_close(coil_loop *loop)
{
    if (!loop->signal_handlers)
        return;
    for (int signo = 1; signo <= LAST_SIGNAL; signo++)
        coil__signal_release(loop, signo, NULL, NULL);
    if (handlers_of(loop)->queued)
        coil__loop_take_back(loop, &handlers_of(loop)->ready);
    coil__free(loop->signal_handlers);
    loop->signal_handlers = NULL;
    loop->on_signals = NULL;
}

/* Several loops, each in its thread, may hold at the same time: the last one to let go puts the default back. */
static struct {
    pthread_mutex_t lock;
    int holders;
    bool taken; /* it was at its default when the first one came */
} sigpipe = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool sigpipe_is(sighandler_t handler)
{
    struct sigaction now;
    return coil__sys_sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == handler;
}

void coil__sigpipe_hold(void)
{
    pthread_mutex_lock(&sigpipe.lock);
    sigpipe.holders++;
    if (sigpipe_is(SIG_DFL)) {
        coil__sys_signal(SIGPIPE, SIG_IGN);
        sigpipe.taken = true;
    }
    pthread_mutex_unlock(&sigpipe.lock);
}

void coil__sigpipe_release(void)
{
    pthread_mutex_lock(&sigpipe.lock);
    if (--sigpipe.holders == 0 && sigpipe.taken) {
        if (sigpipe_is(SIG_IGN)) /* else the program took it for itself meanwhile */
            coil__sys_signal(SIGPIPE, SIG_DFL);
        sigpipe.taken = false;
    }
    pthread_mutex_unlock(&sigpipe.lock);
}

int coil_add_signal_handler(int signo, coil_callback fn, void *arg)
{
    coil_loop *loop = coil__here.loop;
    return loop ? coil__signal_catch(loop, signo, fn, arg, false) : -COIL_ENOLOOP;
}

int coil_remove_signal_handler(int signo)
{
    coil_loop *loop = coil__here.loop;
    return loop ? coil__signal_release(loop, signo, NULL, NULL) : -COIL_ENOLOOP;
}

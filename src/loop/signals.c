/* loop/signals.c: a handler that only sets a bit and wakes, and callbacks that run in their turn.
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

static void on_signal(int signo)
{
    int saved = errno;
    coil_loop *loop = atomic_load(&signal_loops[signo]);
    if (loop) {
        atomic_fetch_or(&loop->signal_bits, 1ull << (signo - 1));
        coil__loop_wake(loop);
    }
    errno = saved;
}

static struct signal_handler *handlers_of(coil_loop *loop)
{
    return loop->signal_handlers;
}

/* Queues the callbacks of the signals that came: they run in this turn. */
static void deliver(coil_loop *loop, unsigned long long bits)
{
    for (int signo = 1; signo <= LAST_SIGNAL; signo++) {
        struct signal_handler *h = &handlers_of(loop)[signo];
        if (!(bits & (1ull << (signo - 1))) || !h->fn)
            continue;
        struct coil__callback_handle *cb = coil__callback_new(loop, h->fn, h->arg);
        if (cb) {
            cb->context = coil_context_ref(h->context);
            coil__callback_push(cb);
        } else {
            atomic_fetch_or(&loop->signal_bits, 1ull << (signo - 1)); /* tried again next turn */
        }
    }
}

int coil__signal_catch(coil_loop *loop, int signo, coil_callback fn, void *arg, bool once)
{
    if (signo < 1 || signo > LAST_SIGNAL || signo == SIGKILL || signo == SIGSTOP || !fn)
        return -EINVAL;
    coil_loop *holder = atomic_load(&signal_loops[signo]);
    if (holder && holder != loop)
        return -EBUSY;
    if (!loop->signal_handlers) {
        loop->signal_handlers = coil__calloc(LAST_SIGNAL + 1, sizeof(struct signal_handler));
        if (!loop->signal_handlers)
            return -ENOMEM;
        loop->on_signals = deliver;
    }
    coil_context *context;
    if (coil__context_inherit(&context) < 0)
        return -ENOMEM;
    struct signal_handler *h = &handlers_of(loop)[signo];
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
    struct signal_handler *h = &handlers_of(loop)[signo];
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

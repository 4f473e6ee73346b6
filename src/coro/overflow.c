/* coro/overflow.c: a fault in a guard becomes a sentence that names the task, and then the default action; one in a stack that sleeps
 * wakes it (sleep.h), and nobody notices.
 *
 * One handler for the process, chained to what was there before. It runs on an alternate stack, because the
 * faulting stack has no room left, and uses nothing that is not async-signal-safe. `readers` counts handlers at work: a
 * pool is forgotten only when there is none.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/sys.h"
#include "coro/sleep.h"
#include "coro/stack.h"

enum { MAX_POOLS = 256, ALTERNATE_SIZE = 64 * 1024 };

static struct {
    _Atomic(struct coil__stack_pool *) pool;
    coil__overflow_fn who;
    void *arg;
} watched[MAX_POOLS];
static atomic_int readers;
static struct sigaction before_segv, before_bus;
static pthread_once_t installed = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static __thread void *alternate; /* this thread's, when it is ours */
static __thread int pools_here;

/* ---------------------------------------------------------------- the report ---- */

static char *append(char *at, char *end, const char *text)
{
    while (*text && at < end)
        *at++ = *text++;
    return at;
}

static char *append_number(char *at, char *end, unsigned long long n)
{
    char digits[24];
    int i = (int)sizeof digits;
    digits[--i] = 0;
    do {
        digits[--i] = (char)('0' + n % 10);
        n /= 10;
    } while (n);
    return append(at, end, digits + i);
}

struct line {
    char text[512];
    char *at;
};

static void say(struct line *line, const char *text)
{
    line->at = append(line->at, line->text + sizeof line->text - 1, text);
}

static void say_number(struct line *line, unsigned long long n)
{
    line->at = append_number(line->at, line->text + sizeof line->text - 1, n);
}

/* "coil: WHAT in task NAME, created at FILE:LINE" */
static void say_who(struct line *line, int slot, uint32_t index, const char *what)
{
    char name[128] = "?";
    const char *file = NULL;
    uint32_t where = 0;
    int known = watched[slot].who(watched[slot].arg, index, name, sizeof name, &file, &where);
    line->at = line->text;
    say(line, "coil: ");
    say(line, what);
    say(line, known ? name : "(unknown)");
    if (file) {
        say(line, ", created at ");
        say(line, file);
        say(line, ":");
        say_number(line, where);
    }
}

static void tell(const struct line *line)
{
    ssize_t n = coil__sys_write(STDERR_FILENO, line->text, (size_t)(line->at - line->text));
    (void)n;
}

static void report(int slot, const struct coil__stack_pool *p, uint32_t index)
{
    struct line line;
    say_who(&line, slot, index, "stack overflow in task ");
    say(&line, ": its stack has ");
    say_number(&line, coil__stack_pool_size(p) / 1024);
    say(&line, " KiB (see stack_size)\n");
    tell(&line);
}

static void report_touch(int slot, uint32_t index)
{
    struct line line;
    say_who(&line, slot, index, "another thread touches the sleeping stack of task ");
    say(&line, " (see sleep_stacks)\n");
    tell(&line);
}

/* What a fault is to us. */
enum verdict { NOT_OURS, MENDED, FATAL };

static enum verdict judge_in(int slot, const struct coil__stack_pool *p, const siginfo_t *info)
{
    uint32_t index;
    if (coil__stack_of_guard(p, info->si_addr, &index)) {
        report(slot, p, index);
        return FATAL;
    }
    if (info->si_code <= 0) /* sent by somebody: there is no address */
        return NOT_OURS;
    enum coil__touch touch = coil__sleep_touch(p, info->si_addr, &index);
    if (touch == COIL__TOUCH_FOREIGN)
        report_touch(slot, index);
    return touch == COIL__TOUCH_MENDED ? MENDED : touch == COIL__TOUCH_FOREIGN ? FATAL : NOT_OURS;
}

static enum verdict judge(const siginfo_t *info)
{
    enum verdict verdict = NOT_OURS;
    atomic_fetch_add(&readers, 1);
    for (int i = 0; i < MAX_POOLS && verdict == NOT_OURS; i++) {
        struct coil__stack_pool *p = atomic_load(&watched[i].pool);
        if (p)
            verdict = judge_in(i, p, info);
    }
    atomic_fetch_sub(&readers, 1);
    return verdict;
}

static void pass_on(const struct sigaction *before, int signo, siginfo_t *info, void *context)
{
    if (before->sa_flags & SA_SIGINFO) {
        before->sa_sigaction(signo, info, context);
    } else if (before->sa_handler == SIG_DFL || before->sa_handler == SIG_IGN) {
        coil__sys_signal(signo, SIG_DFL); /* the instruction faults again when we return */
    } else {
        before->sa_handler(signo);
    }
}

static void on_fault(int signo, siginfo_t *info, void *context)
{
    int saved = errno;
    enum verdict verdict = judge(info);
    if (verdict == FATAL)
        coil__sys_signal(signo, SIG_DFL);
    else if (verdict == NOT_OURS)
        pass_on(signo == SIGSEGV ? &before_segv : &before_bus, signo, info, context);
    errno = saved;
}

void coil__overflow_found(struct coil__stack_pool *p, uint32_t index)
{
    for (int i = 0; i < MAX_POOLS; i++)
        if (atomic_load(&watched[i].pool) == p)
            report(i, p, index);
    coil__sys_signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
    abort();
}

/* ---------------------------------------------------------------- set-up ---- */

static void install(void)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    coil__sys_sigaction(SIGSEGV, &action, &before_segv);
    coil__sys_sigaction(SIGBUS, &action, &before_bus);
}

bool coil__overflow_is_ours(void)
{
    struct sigaction now;
    return coil__sys_sigaction(SIGSEGV, NULL, &now) == 0 && now.sa_flags & SA_SIGINFO &&
           now.sa_sigaction == on_fault;
}

/* Gives this thread an alternate signal stack unless it has one. */
static int ensure_alternate(void)
{
    stack_t now;
    if (coil__sys_sigaltstack(NULL, &now) < 0)
        return -errno;
    if (!(now.ss_flags & SS_DISABLE))
        return 0;
    void *memory = coil__sys_mmap(NULL, ALTERNATE_SIZE, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return -ENOMEM;
    stack_t ours = {.ss_sp = memory, .ss_size = ALTERNATE_SIZE};
    if (coil__sys_sigaltstack(&ours, NULL) < 0) {
        int err = -errno;
        coil__sys_munmap(memory, ALTERNATE_SIZE);
        return err;
    }
    alternate = memory;
    return 0;
}

static void drop_alternate(void)
{
    if (!alternate)
        return;
    stack_t none = {.ss_flags = SS_DISABLE};
    coil__sys_sigaltstack(&none, NULL);
    coil__sys_munmap(alternate, ALTERNATE_SIZE);
    alternate = NULL;
}

int coil__overflow_watch(struct coil__stack_pool *pool, coil__overflow_fn fn, void *arg)
{
    pthread_once(&installed, install);
    int err = ensure_alternate();
    if (err < 0)
        return err;
    pthread_mutex_lock(&lock);
    err = -EAGAIN;
    for (int i = 0; i < MAX_POOLS && err < 0; i++) {
        if (atomic_load(&watched[i].pool))
            continue;
        watched[i].who = fn;
        watched[i].arg = arg;
        atomic_store(&watched[i].pool, pool);
        err = 0;
    }
    pthread_mutex_unlock(&lock);
    if (err >= 0)
        pools_here++;
    else if (pools_here == 0)
        drop_alternate();
    return err;
}

void coil__overflow_unwatch(struct coil__stack_pool *pool)
{
    pthread_mutex_lock(&lock);
    for (int i = 0; i < MAX_POOLS; i++)
        if (atomic_load(&watched[i].pool) == pool)
            atomic_store(&watched[i].pool, NULL);
    pthread_mutex_unlock(&lock);
    while (atomic_load(&readers) > 0)
        continue;
    if (--pools_here == 0)
        drop_alternate();
}

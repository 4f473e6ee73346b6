/* work/slot.c: the slots' words, and which worker has which slot.
 *
 * All slots are one mapping, made before the fork server, so that a worker is born with its own: nothing has to be handed over. It
 * unmaps the others first of all: what it writes where it must not never reaches a job of somebody else. A slot is given to a new
 * worker only when the one that had it is known to be dead.
 *
 * The mapping is never taken away in the program: a thread may look at the word of a slot whose worker is gone. A fork of the program
 * that starts a server of its own has slots of its own.
 */
#include "work/slot.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/spin.h"
#include "base/sys.h"

/* Slots lie as far apart as the largest pages are: only what lies on pages of its own can be unmapped alone. */
enum { BITS = 64, APART = 65536 };
#define ALL ((size_t)COIL__SLOTS * APART)

static struct {
    char *first; /* or NULL */
    pid_t program;
    atomic_ullong taken[COIL__SLOTS / BITS];
} slots;

/* ---------------------------------------------------------------- which slot is whose ---- */

void coil__slots_map(void)
{
    if (slots.first && slots.program == getpid())
        return;
    void *p = coil__sys_mmap(NULL, ALL + APART, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    slots.first =
        p == MAP_FAILED ? NULL : (char *)(((uintptr_t)p + APART - 1) & ~(uintptr_t)(APART - 1));
    slots.program = getpid();
    for (int i = 0; i < COIL__SLOTS / BITS; i++)
        atomic_init(&slots.taken[i], 0);
}

struct coil__slot *coil__slot_at(int number)
{
    return slots.first && number >= 0 && number < COIL__SLOTS
               ? (void *)(slots.first + (size_t)number * APART)
               : NULL;
}

int coil__slot_number(const struct coil__slot *s)
{
    size_t at = (uintptr_t)s - (uintptr_t)slots.first;
    return s && slots.first && at < ALL ? (int)(at / APART) : -1;
}

struct coil__slot *coil__slot_take(void)
{
    for (int i = 0; i < COIL__SLOTS && slots.first; i++) {
        unsigned long long bit = 1ULL << i % BITS;
        if (atomic_fetch_or(&slots.taken[i / BITS], bit) & bit)
            continue;
        struct coil__slot *s = coil__slot_at(i);
        atomic_store(&s->word, 0);
        return s;
    }
    return NULL;
}

void coil__slot_leave(struct coil__slot *s)
{
    int i = coil__slot_number(s);
    if (i >= 0) /* else its mapping was this program's parent's */
        atomic_fetch_and(&slots.taken[i / BITS], ~(1ULL << i % BITS));
}

void coil__slots_keep(const struct coil__slot *mine)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t from = mine ? (size_t)((const char *)mine - slots.first) : 0;
    size_t behind = mine ? from + (sizeof *mine + page - 1) / page * page : 0;
    if (!slots.first)
        return;
    if (from > 0)
        coil__sys_munmap(slots.first, from);
    coil__sys_munmap(slots.first + behind, ALL - behind);
}

/* ---------------------------------------------------------------- the program's side ---- */

static void wake(struct coil__slot *s)
{
    coil__sys_futex_wake(&s->word, 1);
}

void coil__slot_call(struct coil__slot *s, unsigned what)
{
    if (s && atomic_exchange(&s->word, what) & COIL__SLOT_ASLEEP)
        wake(s);
}

void coil__slot_give(struct coil__slot *s, const struct coil__job_head *job, const void *in,
                     unsigned how)
{
    s->job = *job;
    atomic_store_explicit(&s->begun, ~job->mark, memory_order_relaxed);
    memcpy(s->room, in, job->remote->in_size);
    coil__slot_call(s, COIL__SLOT_GIVEN | how);
}

/* A thread asks when something may be wrong, and wakes a worker that ought to be awake, too. */
bool coil__slot_ask(struct coil__slot *s, unsigned how)
{
    unsigned word = atomic_load(&s->word);
    while (word & COIL__SLOT_GIVEN)
        if (atomic_compare_exchange_weak(&s->word, &word, word | how)) {
            if (how == COIL__SLOT_TALK)
                wake(s);
            return true;
        }
    return false;
}

/* ---------------------------------------------------------------- the worker's side ---- */

static bool has_something(struct coil__slot *s)
{
    return atomic_load_explicit(&s->word, memory_order_acquire) &
           (COIL__SLOT_GIVEN | COIL__SLOT_END);
}

static void watch(struct coil__slot *s, struct coil__spin *spin)
{
    int64_t begin = coil__clock_monotonic(), now = begin;
    bool caught = false;
    while (!caught && now - begin < spin->limit_ns) {
        for (int i = 0; i < 16 && !caught; i++) {
            coil__spin_pause();
            caught = has_something(s);
        }
        if (!caught)
            coil__spin_give_way();
        now = coil__clock_monotonic();
    }
    coil__spin_ended(spin, caught, now - begin);
}

static bool has_ended(int fd)
{
    char c;
    return coil__sys_recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

unsigned coil__slot_wait(struct coil__slot *s, struct coil__spin *spin, int fd)
{
    static const struct timespec now_and_then = {1, 0};
    if (!has_something(s) && coil__spin_worth(spin))
        watch(s, spin);
    while (!has_something(s)) {
        unsigned word = atomic_fetch_or(&s->word, COIL__SLOT_ASLEEP) | COIL__SLOT_ASLEEP;
        if (word & (COIL__SLOT_GIVEN | COIL__SLOT_END))
            break;
        if (coil__sys_futex_wait(&s->word, word, fd >= 0 ? &now_and_then : NULL) < 0 &&
            errno == ETIMEDOUT && has_ended(fd))
            return COIL__SLOT_END;
    }
    return atomic_load_explicit(&s->word, memory_order_acquire);
}

bool coil__slot_tell(struct coil__slot *s, int bell)
{
    unsigned word = atomic_load(&s->word);
    do {
        if (word & COIL__SLOT_TALK) {
            coil__slot_clear(s);
            return false;
        }
    } while (!atomic_compare_exchange_weak(&s->word, &word, 0));
    while (word & COIL__SLOT_RING && coil__sys_eventfd_write(bell, 1) < 0 && errno == EINTR)
        continue;
    return true;
}

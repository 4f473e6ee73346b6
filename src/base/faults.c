/* base/faults.c: memory shared with children: the plan, and a count for each name.
 *
 * Slots are taken in order by compare-and-swap and keep their name, which is a literal of the program and so good in children
 * too. No locks: signal handlers make calls as well.
 */
#include "base/faults.h"

#include <errno.h>

#include "base/sys.h"

#ifdef COIL_FAULTS
#include <stdatomic.h>
#include <string.h>

struct slot {
    _Atomic(const char *) call;
    atomic_uint n;
};

struct coil__faults {
    char call[COIL__FAULTS_NAME]; /* "": nothing is planned */
    unsigned nth;
    int error;
    bool and_all_after;
    atomic_uint hits;
    struct slot slots[COIL__FAULTS_CALLS];
};

struct coil__faults *coil__faults;

/* The call's slot; NULL when there is none left. */
static struct slot *find(struct coil__faults *f, const char *call)
{
    for (int i = 0; i < COIL__FAULTS_CALLS; i++) {
        const char *name = NULL;
        if (atomic_compare_exchange_strong(&f->slots[i].call, &name, call) ||
            strcmp(name, call) == 0)
            return &f->slots[i];
    }
    return NULL;
}

int coil__sys_ask(const char *call)
{
    struct coil__faults *f = coil__faults;
    struct slot *slot = find(f, call);
    if (!slot)
        return 0;
    unsigned count = atomic_fetch_add(&slot->n, 1) + 1;
    if (strcmp(f->call, call) != 0 || count < f->nth || (count > f->nth && !f->and_all_after))
        return 0;
    atomic_fetch_add(&f->hits, 1);
    return f->error;
}

int coil__faults_start(void)
{
    if (coil__faults)
        return 0;
    void *page =
        mmap(NULL, sizeof *coil__faults, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return -ENOMEM;
    coil__faults = page;
    return 0;
}

void coil__faults_plan(const char *call, unsigned nth, int error, bool and_all_after)
{
    struct coil__faults *f = coil__faults;
    if (!f)
        return;
    memset(f->call, 0, sizeof f->call);
    if (call)
        strncpy(f->call, call, sizeof f->call - 1);
    f->nth = nth;
    f->error = error;
    f->and_all_after = and_all_after;
    atomic_store(&f->hits, 0);
    for (int i = 0; i < COIL__FAULTS_CALLS; i++)
        atomic_store(&f->slots[i].n, 0);
}

unsigned coil__faults_counts(struct coil__fault_count *ret_counts, unsigned room)
{
    struct coil__faults *f = coil__faults;
    unsigned filled = 0;
    for (int i = 0; f && i < COIL__FAULTS_CALLS && filled < room; i++) {
        struct slot *slot = &f->slots[i];
        unsigned n = atomic_load(&slot->n);
        if (n > 0)
            ret_counts[filled++] = (struct coil__fault_count){atomic_load(&slot->call), n};
    }
    return filled;
}

unsigned coil__faults_hits(void)
{
    return coil__faults ? atomic_load(&coil__faults->hits) : 0;
}

void coil__faults_stop(void)
{
    struct coil__faults *f = coil__faults;
    coil__faults = NULL;
    if (f)
        munmap(f, sizeof *f);
}

#else

int coil__faults_start(void)
{
    return -ENOSYS;
}

void coil__faults_plan(const char *call, unsigned nth, int error, bool and_all_after)
{
    (void)call;
    (void)nth;
    (void)error;
    (void)and_all_after;
}

unsigned coil__faults_counts(struct coil__fault_count *ret_counts, unsigned room)
{
    (void)ret_counts;
    (void)room;
    return 0;
}

unsigned coil__faults_hits(void)
{
    return 0;
}

void coil__faults_stop(void) {}
#endif

/* test/fault/cancel.h: a cancellation at every suspension of a program.
 *
 * The program is run once to count how often its tasks suspend and how often they are woken. Then it is run again for each k and each
 * way: the k-th task to suspend is cancelled when its wait has just been armed; the main task is, at that moment; the k-th to be
 * woken is cancelled before it runs, when what it waited for was granted already. Each run is a child of its own, which
 * must end by itself, report nothing but the cancellation or what it did to the other end, and leave nothing behind. A program that
 * takes its cancellations back and goes on also says by its status whether data were lost.
 *
 * COIL_WALK='cancel 7 main' (suspended, main, woken) runs one point, with its output.
 */
#ifndef TEST_FAULT_CANCEL_H
#define TEST_FAULT_CANCEL_H

#include <stdatomic.h>

#include "task/probe.h"
#include "task/task.h"

enum cancel_way { CANCEL_SUSPENDED, CANCEL_MAIN, CANCEL_WOKEN, CANCEL_WAYS };
static const char *const cancel_names[CANCEL_WAYS] = {"suspended", "main", "woken"};

/* Shared with the child that runs the program. */
static struct cancel_plan {
    enum cancel_way way;
    unsigned k; /* 0: only count */
    atomic_uint suspended, woken, hits;
    _Atomic(coil_task *) main; /* the first task that suspends */
} * cancel_plan;

static void cancel_probe(struct coil__task *t, enum coil__probe_point point)
{
    struct cancel_plan *p = cancel_plan;
    bool woken = point == COIL__PROBE_WOKEN;
    unsigned n = 1 + atomic_fetch_add(woken ? &p->woken : &p->suspended, 1);
    if (n == 1 && !woken)
        atomic_store(&p->main, coil__task_handle(t));
    if (n != p->k || woken != (p->way == CANCEL_WOKEN))
        return;
    struct coil__task *target = t;
    if (p->way == CANCEL_MAIN && coil__task_find(atomic_load(&p->main), &target) < 0)
        return;              /* main has ended, or is another thread's */
    coil__task_probe = NULL; /* once */
    fprintf(stderr, "cancelled: %s in %s\n", target->fn->name,
            target->kind ? target->kind->name
                         : "the queue"); /* the log of a point that went wrong */
    if (coil__task_cancel(target, NULL))
        atomic_fetch_add(&p->hits, 1);
}

static bool cancel_begin(void)
{
    cancel_plan =
        mmap(NULL, sizeof *cancel_plan, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return cancel_plan != MAP_FAILED;
}

static void cancel_set(enum cancel_way way, unsigned k)
{
    memset(cancel_plan, 0, sizeof *cancel_plan);
    cancel_plan->way = way;
    cancel_plan->k = k;
    coil__task_probe = cancel_probe;
}

static void cancel_end(void)
{
    coil__task_probe = NULL;
    munmap(cancel_plan, sizeof *cancel_plan);
}

#endif

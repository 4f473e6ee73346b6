/* bench/handover.c: two tasks that hand something to each other, ns per hand-over; each is one switch and the work of the
 * primitive.
 */
#include "bench.h"
#include "coil.h"

enum { ROUNDS = 2000000 };

static coil_event ping, pong;
static coil_semaphore full, empty;
static coil_lock lock;
static coil_queue queue;

COIL_ASYNC(event_partner)
{
    int err = 0;
    for (int i = 0; i < ROUNDS && err >= 0; i++) {
        err = coil_event_wait(&ping);
        coil_event_clear(&ping);
        coil_event_set(&pong);
    }
    return err;
}

COIL_ASYNC(event_rounds)
{
    int err = 0;
    for (int i = 0; i < ROUNDS && err >= 0; i++) {
        coil_event_set(&ping);
        err = coil_event_wait(&pong);
        coil_event_clear(&pong);
    }
    return err;
}

COIL_ASYNC(semaphore_partner)
{
    int err = 0;
    for (int i = 0; i < ROUNDS && err >= 0; i++) {
        err = coil_semaphore_acquire(&full);
        if (err >= 0)
            err = coil_semaphore_release(&empty);
    }
    return err;
}

COIL_ASYNC(semaphore_rounds)
{
    int err = 0;
    for (int i = 0; i < ROUNDS && err >= 0; i++) {
        err = coil_semaphore_release(&full);
        if (err >= 0)
            err = coil_semaphore_acquire(&empty);
    }
    return err;
}

COIL_ASYNC(lock_rounds)
{
    int err = 0;
    for (int i = 0; i < ROUNDS && err >= 0; i++) {
        err = coil_lock_acquire(&lock);
        if (err >= 0)
            err = coil_yield_now(); /* the other one comes, and waits for the lock */
        if (err >= 0)
            err = coil_lock_release(&lock);
    }
    return err;
}

COIL_ASYNC(queue_partner)
{
    int item, err = 0;
    for (int i = 0; i < ROUNDS && err >= 0; i++)
        err = coil_queue_get(&queue, &item);
    return err;
}

COIL_ASYNC(queue_rounds)
{
    int err = 0;
    for (int i = 0; i < ROUNDS && err >= 0; i++)
        err = coil_queue_put(&queue, &i);
    return err;
}

static int timed(const char *name, int err, double t0, int n)
{
    if (err >= 0)
        bench_print(name, (bench_now() - t0) * 1e9 / n, "ns");
    return err;
}

COIL_ASYNC(everything)
{
    coil_event_init(&ping);
    coil_event_init(&pong);
    coil_lock_init(&lock);
    int err = coil_semaphore_init(&full, 0);
    if (err >= 0)
        err = coil_semaphore_init(&empty, 0);
    double t0 = bench_now();
    if (err >= 0)
        err =
            timed("event, hand-over", coil_gather(event_rounds(), event_partner()), t0, 2 * ROUNDS);
    t0 = bench_now();
    if (err >= 0)
        err = timed("semaphore, hand-over", coil_gather(semaphore_rounds(), semaphore_partner()),
                    t0, 2 * ROUNDS);
    t0 = bench_now();
    if (err >= 0)
        err = timed("lock, hand-over and a yield", coil_gather(lock_rounds(), lock_rounds()), t0,
                    2 * ROUNDS);
    if (err >= 0)
        err = coil_queue_init(&queue, sizeof(int), 1);
    t0 = bench_now();
    if (err >= 0)
        err = timed("queue of one place, item", coil_gather(queue_rounds(), queue_partner()), t0,
                    ROUNDS);
    coil_queue_done(&queue);
    return err;
}
COIL_MAIN(everything())

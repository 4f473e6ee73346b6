/* bench/handover.c: two tasks that hand something to each other; each hand-over is one switch and the work of the primitive.
 * `handover WHAT N` makes N hand-overs.
 */
#include <string.h>

#include "own.h"

static long rounds;

static coil_event ping, pong;
static coil_semaphore full, empty;
static coil_lock lock;
static coil_queue queue;

COIL_ASYNC(event_partner)
{
    int err = 0;
    for (long i = 0; i < rounds && err >= 0; i++) {
        err = coil_event_wait(&ping);
        coil_event_clear(&ping);
        coil_event_set(&pong);
    }
    return err;
}

COIL_ASYNC(event_rounds)
{
    int err = 0;
    for (long i = 0; i < rounds && err >= 0; i++) {
        coil_event_set(&ping);
        err = coil_event_wait(&pong);
        coil_event_clear(&pong);
    }
    return err;
}

COIL_ASYNC(semaphore_partner)
{
    int err = 0;
    for (long i = 0; i < rounds && err >= 0; i++) {
        err = coil_semaphore_acquire(&full);
        if (err >= 0)
            err = coil_semaphore_release(&empty);
    }
    return err;
}

COIL_ASYNC(semaphore_rounds)
{
    int err = 0;
    for (long i = 0; i < rounds && err >= 0; i++) {
        err = coil_semaphore_release(&full);
        if (err >= 0)
            err = coil_semaphore_acquire(&empty);
    }
    return err;
}

COIL_ASYNC(lock_rounds)
{
    int err = 0;
    for (long i = 0; i < rounds && err >= 0; i++) {
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
    long item;
    int err = 0;
    for (long i = 0; i < rounds && err >= 0; i++)
        err = coil_queue_get(&queue, &item);
    return err;
}

COIL_ASYNC(queue_rounds)
{
    int err = 0;
    for (long i = 0; i < rounds && err >= 0; i++)
        err = coil_queue_put(&queue, &i);
    return err;
}

/* Both sides of what n hand-overs are. */
COIL_ASYNC(hand_over, (const char *, what), (long, n))
{
    rounds = n / 2;
    if (strcmp(what, "event") == 0)
        return coil_gather(event_rounds(), event_partner());
    if (strcmp(what, "semaphore") == 0)
        return coil_gather(semaphore_rounds(), semaphore_partner());
    if (strcmp(what, "lock and yield") == 0)
        return coil_gather(lock_rounds(), lock_rounds());
    rounds = n;
    return strcmp(what, "queue of one place") == 0 ? coil_gather(queue_rounds(), queue_partner())
                                                   : BENCH_LACKS;
}

COIL_ASYNC(timed, (const char *, what), (long, n))
{
    coil_event_init(&ping);
    coil_event_init(&pong);
    coil_lock_init(&lock);
    int err = coil_semaphore_init(&full, 0);
    if (err >= 0)
        err = coil_semaphore_init(&empty, 0);
    if (err >= 0)
        err = coil_queue_init(&queue, sizeof(long), 1);
    if (err < 0)
        return err;
    struct own_span span = own_begin();
    err = hand_over(what, n);
    own_end(span);
    coil_queue_done(&queue);
    return err;
}

int main(int argc, char **argv)
{
    long n = argc == 3 ? atol(argv[2]) : 0;
    if (n < 1)
        return 2;
    int err = coil_run(timed(argv[1], n));
    if (err < 0)
        fprintf(stderr, "handover: %s\n", coil_error_message(err));
    return err < 0 ? 1 : err;
}

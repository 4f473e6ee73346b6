/* condition.wait_for: a predicate that is true at once does not suspend; one that fails ends the wait with the lock held; two conditions on one lock */
#include "said.h"

static int state;

static int good(void *arg)
{
    (void)arg;
    return state;
}

static int bad(void *arg)
{
    (void)arg;
    return state > 1 ? coil_fail(-EINVAL, "predicate") : 0;
}

static int seven(void *arg)
{
    (void)arg;
    return 7;
}

COIL_ASYNC(waits_one, (coil_condition *, c))
{
    MUST(coil_condition_acquire(c));
    printf("one %d\n", coil_condition_wait_for(c, good, NULL));
    return coil_condition_release(c);
}

COIL_ASYNC(waits_two, (coil_condition *, c))
{
    MUST(coil_condition_acquire(c));
    int err = coil_condition_wait_for(c, bad, NULL);
    if (err == -EINVAL)
        printf("two %s %d\n", coil_error_message(err), coil_lock_locked(coil_condition_lock(c)));
    return coil_condition_release(c);
}

COIL_ASYNC(amain)
{
    coil_lock lock;
    coil_condition one, two;
    coil_lock_init(&lock);
    coil_condition_init(&one, &lock);
    coil_condition_init(&two, &lock);
    coil_task *a = coil_create_task(waits_one(&one)), *b = coil_create_task(waits_two(&two));
    MUST(coil_sleep(0));
    for (state = 1; state < 3; state++) {
        MUST(coil_lock_acquire(&lock));
        MUST(coil_condition_notify_all(&one));
        MUST(coil_condition_notify_all(&two));
        MUST(coil_lock_release(&lock));
        MUST(coil_sleep(0));
        MUST(coil_sleep(0));
    }
    MUST(coil_gather(coil_await(a), coil_await(b)));
    MUST(coil_condition_acquire(&one));
    printf("at once %d\n", coil_condition_wait_for(&one, seven, NULL));
    MUST(coil_condition_release(&one));
    printf("%d\n", coil_lock_locked(&lock));
    if (coil_condition_wait(&one) == -COIL_EINVALIDSTATE)
        printf("RuntimeError\n");
    return 0;
}
COIL_MAIN(amain())

/* two conditions on one lock: bounded buffer with not_empty / not_full */
#include "port.h"

static coil_lock lock;
static coil_condition not_empty, not_full;
static int buf[2], size;

static int has_room(void *arg)
{
    (void)arg;
    return size < 2;
}

static int has_item(void *arg)
{
    (void)arg;
    return size > 0;
}

COIL_ASYNC(producer)
{
    for (int i = 0; i < 5; i++) {
        MUST(coil_condition_acquire(&not_full));
        MUST(coil_condition_wait_for(&not_full, has_room, NULL));
        buf[size++] = i;
        printf("put %d size %d\n", i, size);
        coil_condition_notify(&not_empty, 1);
        coil_condition_release(&not_full);
    }
    return 0;
}

COIL_ASYNC(consumer)
{
    for (int i = 0; i < 5; i++) {
        MUST(coil_condition_acquire(&not_empty));
        MUST(coil_condition_wait_for(&not_empty, has_item, NULL));
        printf("got %d\n", buf[0]);
        buf[0] = buf[1];
        size--;
        coil_condition_notify(&not_full, 1);
        coil_condition_release(&not_empty);
        MUST(coil_sleep(0.02));
    }
    return 0;
}

COIL_ASYNC(amain)
{
    coil_lock_init(&lock);
    coil_condition_init(&not_empty, &lock);
    coil_condition_init(&not_full, &lock);
    return coil_gather(producer(), consumer());
}
COIL_MAIN(amain())

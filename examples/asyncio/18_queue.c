/* A bounded queue between a producer and two consumers: a full queue makes the producer wait. */
#include <coil.h>
#include <stdio.h>

static double begin;

static double elapsed(void)
{
    return coil_time() - begin; /* the clock began anywhere, as loop.time() */
}

COIL_ASYNC(consumer, (coil_queue *, queue), (const char *, name))
{
    for (;;) {
        int item, err = coil_queue_get(queue, &item);
        if (err < 0)
            return err; /* a consumer ends by being cancelled */
        err = coil_sleep(0.5 * item);
        if (err < 0)
            return err;
        printf("%s has consumed %d\n", name, item);
        coil_queue_task_done(queue);
    }
}

COIL_ASYNC(produce, (coil_queue *, queue))
{
    for (int item = 1; item <= 5; item++) {
        int err = coil_queue_put(queue, &item);
        if (err < 0)
            return err;
        printf("%.1f s: produced %d\n", elapsed(), item);
    }
    return coil_queue_join(queue); /* until every item was worked on */
}

COIL_ASYNC(factory)
{
    coil_queue queue;
    begin = coil_time();
    int err = coil_queue_init(&queue, sizeof(int), 2);
    if (err < 0)
        return err;
    COIL_TASK_GROUP(g, err)
    {
        coil_group_create_task(g, consumer(&queue, "Anna"));
        coil_group_create_task(g, consumer(&queue, "Ben"));
        err = produce(&queue);
        if (err >= 0)
            printf("All is done\n");
        coil_group_cancel(g); /* the consumers wait for items that won't come */
    }
    coil_queue_done(&queue);
    return err;
}

COIL_MAIN(factory())

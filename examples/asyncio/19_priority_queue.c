/* A priority queue gives the smallest item first, and a queue that was shut down ends its consumers: no need to cancel them. */
#include <coil.h>
#include <stdio.h>

struct job {
    int priority;
    const char *what;
};

static int by_priority(const void *a, const void *b)
{
    return ((const struct job *)a)->priority - ((const struct job *)b)->priority;
}

COIL_ASYNC(worker, (coil_queue *, queue))
{
    struct job job;
    int err;
    while ((err = coil_queue_get(queue, &job)) >= 0) {
        printf("%d: %s\n", job.priority, job.what);
        err = coil_sleep(1);
        if (err < 0)
            return err;
    }
    if (err != -COIL_EQUEUESHUTDOWN)
        return err;
    printf("No more jobs\n");
    return 0;
}

COIL_ASYNC(office)
{
    static const struct job jobs[] = {{3, "tidy up"}, {1, "put the fire out"}, {2, "answer mail"}};
    coil_queue queue;
    int err = coil_queue_init_priority(&queue, sizeof(struct job), 0, by_priority);
    if (err < 0)
        return err;
    for (int i = 0; i < 3 && err >= 0; i++)
        err = coil_queue_put_nowait(&queue, &jobs[i]);
    coil_queue_shutdown(&queue, 0); /* what is in it is still given out */
    if (err >= 0)
        err = worker(&queue);
    coil_queue_done(&queue);
    return err;
}

COIL_MAIN(office())

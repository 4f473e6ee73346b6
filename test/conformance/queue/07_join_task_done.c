/* join() waits for one task_done() per put, not for an empty queue */
#include "port.h"

COIL_ASYNC(worker, (coil_queue *, q))
{
    for (;;) {
        int item;
        MUST(coil_queue_get(q, &item));
        MUST(coil_sleep(0.02));
        printf("processed %d\n", item);
        MUST(coil_queue_task_done(q));
    }
}

COIL_ASYNC(amain)
{
    coil_queue q;
    MUST(coil_queue_init(&q, sizeof(int), 0));
    MUST(coil_queue_join(&q));
    printf("join of an unused queue returns\n");
    for (int i = 0; i < 3; i++)
        MUST(coil_queue_put_nowait(&q, &i));
    coil_task *w = coil_create_task(worker(&q));
    MUST(coil_queue_join(&q));
    printf("all processed\n");
    coil_task_cancel(w);
    if (coil_queue_task_done(&q) == -EINVAL)
        printf("task_done too often: ValueError\n");
    coil_ignore(coil_await(w));
    coil_queue_done(&q);
    return 0;
}
COIL_MAIN(amain())

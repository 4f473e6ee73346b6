/* 3.13 shutdown(immediate=True) drops the items and marks them done, which may release join() */
#include "port.h"

COIL_ASYNC(amain)
{
    coil_queue q;
    int item;
    MUST(coil_queue_init(&q, sizeof item, 0));
    for (int i = 0; i < 3; i++)
        MUST(coil_queue_put_nowait(&q, &i));
    coil_task *j = coil_create_task(coil_queue_join(&q));
    MUST(coil_sleep(0));
    MUST(coil_queue_get_nowait(&q, &item));
    printf("taken %d\n", item);
    coil_queue_shutdown(&q, 1);
    MUST(coil_sleep(0.02));
    printf("size %zu join over: %d\n", coil_queue_size(&q), coil_task_done(j));
    MUST(coil_queue_task_done(&q));
    MUST(coil_await(j));
    printf("joined\n");
    if (coil_queue_get(&q, &item) == -COIL_EQUEUESHUTDOWN)
        printf("get: QueueShutDown\n");
    coil_queue_done(&q);
    return 0;
}
COIL_MAIN(amain())

/* 3.13 shutdown: puts fail at once, gets drain what is left and then fail */
#include "port.h"

COIL_ASYNC(putter, (coil_queue *, q))
{
    int three = 3;
    if (coil_queue_put(q, &three) == -COIL_EQUEUESHUTDOWN)
        printf("blocked put: QueueShutDown\n");
    return 0;
}

COIL_ASYNC(amain)
{
    coil_queue q;
    int one = 1, two = 2, four = 4, a, b;
    MUST(coil_queue_init(&q, sizeof(int), 2));
    MUST(coil_queue_put_nowait(&q, &one));
    MUST(coil_queue_put_nowait(&q, &two));
    coil_task *t = coil_create_task(putter(&q));
    MUST(coil_sleep(0));
    coil_queue_shutdown(&q, 0);
    MUST(coil_await(t));
    if (coil_queue_put_nowait(&q, &four) == -COIL_EQUEUESHUTDOWN)
        printf("put: QueueShutDown\n");
    MUST(coil_queue_get(&q, &a));
    MUST(coil_queue_get_nowait(&q, &b));
    printf("%d %d\n", a, b);
    for (int i = 0; i < 2; i++)
        if (coil_queue_get(&q, &a) == -COIL_EQUEUESHUTDOWN)
            printf("get: QueueShutDown\n");
    MUST(coil_queue_task_done(&q));
    MUST(coil_queue_task_done(&q));
    MUST(coil_queue_join(&q));
    printf("joined\n");
    coil_queue_done(&q);
    return 0;
}
COIL_MAIN(amain())

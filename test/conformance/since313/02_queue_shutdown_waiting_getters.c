/* 3.13 shutdown wakes every waiting getter in order, each with QueueShutDown */
#include "port.h"

COIL_ASYNC(getter, (char, n), (coil_queue *, q))
{
    const char *item;
    if (coil_queue_get(q, &item) == -COIL_EQUEUESHUTDOWN)
        printf("%c QueueShutDown\n", n);
    else
        printf("%c %s\n", n, item);
    return 0;
}

COIL_ASYNC(amain)
{
    coil_queue q;
    const char *item = "item";
    MUST(coil_queue_init(&q, sizeof item, 0));
    coil_task *a = coil_create_task(getter('A', &q));
    coil_task *b = coil_create_task(getter('B', &q));
    coil_task *c = coil_create_task(getter('C', &q));
    MUST(coil_sleep(0));
    MUST(coil_queue_put_nowait(&q, &item));
    coil_queue_shutdown(&q, 0);
    MUST(coil_gather(coil_await(a), coil_await(b), coil_await(c)));
    coil_queue_done(&q);
    return 0;
}
COIL_MAIN(amain())

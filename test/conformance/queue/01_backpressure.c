/* put() on a full queue suspends the producer until a get() */
#include "port.h"

COIL_ASYNC(producer, (coil_queue *, q))
{
    for (int i = 0; i < 5; i++) {
        MUST(coil_queue_put(q, &i));
        printf("put %d size %zu\n", i, coil_queue_size(q));
    }
    return 0;
}

COIL_ASYNC(consumer, (coil_queue *, q))
{
    for (int i = 0; i < 5; i++) {
        int item;
        MUST(coil_sleep(0.02));
        MUST(coil_queue_get(q, &item));
        printf("got %d\n", item);
    }
    return 0;
}

COIL_ASYNC(amain)
{
    enum { MAXSIZE = 2 };
    coil_queue q;
    MUST(coil_queue_init(&q, sizeof(int), MAXSIZE));
    MUST(coil_gather(producer(&q), consumer(&q)));
    printf("empty %d full %d maxsize %d\n", coil_queue_empty(&q), coil_queue_full(&q), MAXSIZE);
    coil_queue_done(&q);
    return 0;
}
COIL_MAIN(amain())

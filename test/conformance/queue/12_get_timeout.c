/* a get that times out loses no item */
#include "port.h"

COIL_ASYNC(amain)
{
    coil_queue q;
    char item;
    MUST(coil_queue_init(&q, 1, 0));
    if (coil_wait_for(coil_queue_get(&q, &item), 0.04) == -ETIMEDOUT)
        printf("TimeoutError\n");
    MUST(coil_queue_put_nowait(&q, "x"));
    MUST(coil_wait_for(coil_queue_get(&q, &item), 0.04));
    printf("%c size %zu\n", item, coil_queue_size(&q));
    coil_queue_done(&q);
    return 0;
}
COIL_MAIN(amain())

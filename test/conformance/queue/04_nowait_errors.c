/* get_nowait on empty and put_nowait on full fail with their own errors */
#include "port.h"

COIL_ASYNC(amain)
{
    coil_queue q, u;
    char item;
    MUST(coil_queue_init(&q, 1, 1));
    if (coil_queue_get_nowait(&q, &item) == -COIL_EQUEUEEMPTY)
        printf("QueueEmpty\n");
    MUST(coil_queue_put_nowait(&q, "x"));
    if (coil_queue_put_nowait(&q, "y") == -COIL_EQUEUEFULL)
        printf("QueueFull\n");
    MUST(coil_queue_get_nowait(&q, &item));
    printf("%c size %zu\n", item, coil_queue_size(&q));
    MUST(coil_queue_init(&u, sizeof(int), 0));
    for (int i = 0; i < 1000; i++)
        MUST(coil_queue_put_nowait(&u, &i));
    printf("maxsize 0 is unlimited: %zu full %d\n", coil_queue_size(&u), coil_queue_full(&u));
    coil_queue_done(&q);
    coil_queue_done(&u);
    return 0;
}
COIL_MAIN(amain())

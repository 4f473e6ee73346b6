/* blocked putters are released in order of arrival */
#include "port.h"

COIL_ASYNC(putter, (char, n), (coil_queue *, q))
{
    MUST(coil_queue_put(q, &n));
    printf("%c stored\n", n);
    return 0;
}

COIL_ASYNC(amain)
{
    coil_queue q;
    char item;
    MUST(coil_queue_init(&q, sizeof item, 1));
    coil_task *a = coil_create_task(putter('A', &q));
    coil_task *b = coil_create_task(putter('B', &q));
    coil_task *c = coil_create_task(putter('C', &q));
    MUST(coil_sleep(0.02));
    for (int i = 0; i < 3; i++) {
        MUST(coil_queue_get(&q, &item));
        printf("take %c\n", item);
        MUST(coil_sleep(0.02));
    }
    MUST(coil_gather(coil_await(a), coil_await(b), coil_await(c)));
    coil_queue_done(&q);
    return 0;
}
COIL_MAIN(amain())

/* waiting getters are served in order of arrival */
#include "port.h"

COIL_ASYNC(getter, (char, n), (coil_queue *, q))
{
    int item;
    MUST(coil_queue_get(q, &item));
    printf("%c got %d\n", n, item);
    return 0;
}

COIL_ASYNC(amain)
{
    coil_queue q;
    MUST(coil_queue_init(&q, sizeof(int), 0));
    coil_task *a = coil_create_task(getter('A', &q));
    coil_task *b = coil_create_task(getter('B', &q));
    coil_task *c = coil_create_task(getter('C', &q));
    MUST(coil_sleep(0));
    for (int i = 0; i < 3; i++)
        MUST(coil_queue_put_nowait(&q, &i));
    printf("all put\n");
    MUST(coil_gather(coil_await(a), coil_await(b), coil_await(c)));
    coil_queue_done(&q);
    return 0;
}
COIL_MAIN(amain())
